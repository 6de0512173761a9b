/**
 * A way octets come in and go out: a serial port, or a TCP connection to a device server such as ser2net.
 * An object lives from one opening to the next closing and is never used again.
 */
export interface OpenPort {
  /** Hands octets over, in order. Never throws; a port that cannot take them closes. */
  write(octets: Uint8Array): void;
  /** Octets that were handed over and have not left yet. */
  readonly pendingBytes: number;
  /** Resolves when the port is free again. `closed` is not told any more. */
  close(): Promise<void>;
}

/** Of two ports that are one, the one that transmits. */
export type PortLine = 'transmitter';

export interface PortEvents {
  /** The octets are the receiver's to keep. `line` absent: the only port, or of two the one that receives. */
  received(octets: Uint8Array, line?: PortLine): void;
  /** The port is gone by itself; told once. */
  closed(why: string): void;
}

/** Where a port is, and how to open it. */
export interface PortSource {
  /** As the configuration names it. */
  readonly name: string;
  /** Rejects with a `PortError`, soon when the signal says that nobody waits for it any more. */
  open(events: PortEvents, signal?: AbortSignal): Promise<OpenPort>;
  /** Calls back, perhaps more than once, when an attempt may work that failed before; returns what ends that. */
  watch(mayWork: () => void): () => void;
}

/** Why a port cannot be opened, in a sentence that says what to do. */
export class PortError extends Error {
  /**
   * @param isPatient an attempt costs something or changes nothing soon: the rights, or another program's
   *   hold, which somebody has to change first
   */
  constructor(
    message: string,
    readonly isPatient = false,
  ) {
    super(message);
  }
}
