/** Why the tool cannot go on. The message is for the person at the terminal and complete as it stands. */
export class ClientError extends Error {}

/** The gateway has answered a request with a code other than 0: it is there, and the session as it was. */
export class Refused extends ClientError {}

/** The gateway said DISCONNECT unasked: it does not know this client any more (SN 1.2, 6.12). */
export class SessionEnded extends ClientError {
  constructor(gateway: string) {
    super(
      `the gateway at ${gateway} ended the session with DISCONNECT: it was restarted, ` +
        'lost this client, or another client uses the same client id',
    );
  }
}
