/** What pub and sub have in common: the options of a session, and a client that lives as long as the work. */
import type { Command } from 'commander';
import { Client, type ClientOptions } from '../client/client.js';
import { ClientError, Refused } from '../client/errors.js';
import type { Received } from '../client/inbound.js';
import { resolveGateway } from '../client/udp.js';
import { isValidTopic } from '../codec/index.js';
import { duration, port, positiveSeconds, sessionQos } from './arguments.js';
import { lineOf } from '../observe/explain/format.js';
import { EXIT } from './exit-codes.js';
import type { Terminal } from './terminal.js';

export interface SessionOptions {
  host: string;
  port: number;
  id?: string;
  disableCleanSession?: true;
  keepalive: number;
  sleepAtEnd?: number;
  retry: number;
  debug?: true;
  willTopic?: string;
  willPayload?: string;
  willQos?: 0 | 1 | 2;
  willRetain?: true;
}

/** N_retry of the specification's example (SN 1.2, 7.2). */
const RETRY_COUNT = 3;

export function addSessionOptions(command: Command): Command {
  return command
    .helpOption('--help', 'show this help')
    .option('-h, --host <host>', 'gateway to talk to', '127.0.0.1')
    .option('-p, --port <port>', 'its UDP port', port, 1883)
    .option('-i, --id <id>', 'client id (default: mqttsn- and the process id)')
    .option('-c, --disable-clean-session', 'keep the session between runs (needs -i)')
    .option('-k, --keepalive <seconds>', 'keep-alive; 0 for none', duration, 60)
    .option(
      '-e, --sleep-at-end <seconds>',
      'leave asleep for so long instead of disconnected',
      duration,
    )
    .option(
      '--retry <seconds>',
      'repeat an unanswered request after this time',
      positiveSeconds,
      10,
    )
    .option('-d, --debug', 'print every frame, explained, to standard error')
    .option('--will-topic <topic>', 'what the gateway publishes when this client is lost')
    .option('--will-payload <text>', 'payload of the will (default: empty)')
    .option('--will-qos <qos>', 'QoS of the will: 0, 1 or 2', sessionQos)
    .option('--will-retain', 'retain the will');
}

/** Combinations that make no sense; ends in commander's error. */
export function checkSessionOptions(options: SessionOptions, command: Command): void {
  const fail = (text: string): never => usageError(command, text);
  if (options.disableCleanSession && options.id === undefined) {
    fail('-c keeps a session, so it needs a client id that stays the same: add -i ID');
  }
  if (options.willTopic === undefined) {
    const { willPayload, willQos, willRetain } = options;
    if (willPayload !== undefined || willQos !== undefined || willRetain) {
      fail('a will needs --will-topic');
    }
  } else if (!isValidTopic(options.willTopic)) {
    fail(`"${options.willTopic}" is no topic for a will: it is empty or has a wildcard`);
  }
}

export function usageError(command: Command, text: string): never {
  return command.error(`error: ${text}`, { exitCode: EXIT.usage });
}

export interface Session {
  client: Client;
  /** Resolves when the session ends although nobody asked for it; `renew` waits for the next time. */
  ended: Promise<ClientError>;
  renew(): void;
  /** Resolves on Ctrl-C. */
  interrupted: Promise<'interrupted'>;
  /** A message at QoS 0 was refused afterwards. */
  wasRefused: boolean;
}

/** Runs `work` with an open client; explains what goes wrong and returns the exit code. */
export async function withSession(
  options: SessionOptions,
  terminal: Terminal,
  onMessage: (message: Received) => void,
  work: (session: Session) => Promise<number>,
): Promise<number> {
  const interrupt = deferred<'interrupted'>();
  let isInterrupted = false;
  // The first Ctrl-C ends in good order, the second at once.
  const stopListening = terminal.onInterrupt(() => {
    if (isInterrupted) void client?.close();
    isInterrupted = true;
    interrupt.resolve('interrupted');
  });
  let ending = deferred<ClientError>();
  let client: Client | undefined;
  try {
    client = new Client(await clientOptions(options), {
      message: onMessage,
      refused: (why) => {
        session.wasRefused = true;
        terminal.err(why);
      },
      ended: (error) => ending.resolve(error),
      ...(options.debug && {
        frame: (direction, frame) =>
          terminal.err(`${direction === 'sent' ? '>' : '<'} ${lineOf(frame)}`),
      }),
    });
    const session: Session = {
      client,
      ended: ending.promise,
      renew: () => {
        ending = deferred();
        session.ended = ending.promise;
      },
      interrupted: interrupt.promise,
      wasRefused: false,
    };
    await client.open();
    return await work(session);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    terminal.err(error.message);
    // Else the gateway would call it lost after a while.
    if (error instanceof Refused) await client?.disconnect();
    return EXIT.failed;
  } finally {
    stopListening();
    await client?.close();
  }
}

interface Deferred<T> {
  promise: Promise<T>;
  resolve(value: T): void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Ends the session as the options say: for good, or asleep. */
export async function leave(client: Client, { sleepAtEnd }: SessionOptions): Promise<void> {
  if (sleepAtEnd) await client.sleep(sleepAtEnd);
  else await client.disconnect();
}

async function clientOptions(options: SessionOptions): Promise<ClientOptions> {
  const { willTopic, willPayload, willQos, willRetain } = options;
  return {
    gateway: await resolveGateway(options.host, options.port),
    clientId: options.id ?? `mqttsn-${process.pid}`,
    keepAliveSec: options.keepalive,
    cleanSession: !options.disableCleanSession,
    retry: { intervalMs: options.retry * 1000, count: RETRY_COUNT },
    ...(willTopic !== undefined && {
      will: {
        topic: willTopic,
        payload: Buffer.from(willPayload ?? ''),
        qos: willQos ?? 0,
        retain: willRetain ?? false,
      },
    }),
  };
}
