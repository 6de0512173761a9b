/** The way between the gateway and the broker: TCP connections with a delay, that hold back everything during a partition. */
import { Duplex } from 'node:stream';
import type { Random } from '../../../firmware-sim/random.js';
import type { Timeline } from '../../../firmware-sim/timeline.js';

/** The broker's end of a connection. */
export interface Peer {
  received(octets: Uint8Array): void;
  /** The other end has closed it, or is gone. */
  closed(): void;
}

/** The broker, as it is reached. */
export interface Listener {
  readonly isUp: boolean;
  accept(connection: Connection): Peer;
}

/** One connection, as its broker holds it. */
export interface Connection {
  send(octets: Uint8Array): void;
  /** `how`: in good order, or with a reset. */
  close(how: 'end' | 'reset'): void;
}

/** What the gateway's process and the chronicle want to know. */
export interface WireWitness {
  /** false: the process is dead, and what it would say is not said. */
  mayLeave(what: string, octets?: Uint8Array): boolean;
  /** Something comes to the process. */
  arrives(what: string, octets?: Uint8Array): void;
}

const DELAY_MS: readonly [number, number] = [0.2, 3];

export class Wires {
  isPartitioned = false;
  private readonly open = new Set<Wire>();
  private count = 0;

  constructor(
    readonly timeline: Timeline,
    private readonly random: Random,
    readonly listener: Listener,
    readonly witness: WireWitness,
  ) {}

  /** Ends at the gateway that are not closed. */
  get openCount(): number {
    return this.open.size;
  }

  /** What MQTT.js calls to connect. */
  dial(): Duplex {
    this.count += 1;
    const wire = new Wire(this, `tcp${this.count}`, this.random.branch(`${this.count}`));
    this.open.add(wire);
    return wire;
  }

  heal(): void {
    this.isPartitioned = false;
    for (const wire of this.open) wire.pump();
  }

  /** The gateway's process has ended: its system closes what it had open. */
  abandon(): void {
    for (const wire of this.open) wire.abandon();
  }

  forget(wire: Wire): void {
    this.open.delete(wire);
  }
}

/** One direction: what is sent arrives in order, after its delay, and when nothing holds it back. */
class Pipe {
  private readonly waiting: (() => void)[] = [];
  private latest = 0;

  constructor(
    private readonly wires: Wires,
    private readonly random: Random,
  ) {}

  carry(arrive: () => void): void {
    const { timeline } = this.wires;
    this.latest = Math.max(this.latest, timeline.now() + this.random.between(...DELAY_MS));
    timeline.at(this.latest, () => {
      this.waiting.push(arrive);
      this.pump();
    });
  }

  pump(): void {
    while (!this.wires.isPartitioned) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      next();
    }
  }
}

class Wire extends Duplex implements Connection {
  private readonly up: Pipe;
  private readonly down: Pipe;
  private peer: Peer | undefined;
  private isOver = false;

  constructor(
    private readonly wires: Wires,
    private readonly label: string,
    random: Random,
  ) {
    super({ allowHalfOpen: false });
    this.up = new Pipe(wires, random.branch('up'));
    this.down = new Pipe(wires, random.branch('down'));
    this.up.carry(() => this.greet());
  }

  pump(): void {
    this.up.pump();
    this.down.pump();
  }

  // The broker's side

  send(octets: Uint8Array): void {
    this.toGateway(() => {
      this.wires.witness.arrives(`< ${this.label}`, octets);
      this.push(octets);
    });
  }

  close(how: 'end' | 'reset'): void {
    this.peer = undefined;
    this.toGateway(() => {
      this.wires.witness.arrives(`< ${this.label} ${how}`);
      if (how === 'end') this.push(null);
      else this.fail('ECONNRESET');
    });
  }

  /** The process that held the gateway's end is gone. */
  abandon(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.hangUp();
  }

  // The gateway's side

  override _read(): void {}

  override _write(octets: Uint8Array, _encoding: string, done: () => void): void {
    this.leave(Uint8Array.from(octets));
    done();
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: () => void): void {
    this.leave(Uint8Array.from(Buffer.concat(chunks.map(({ chunk }) => chunk))));
    done();
  }

  override _final(done: () => void): void {
    this.hangUp();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // What a dead process closes is for its system to close.
    if (!this.isOver && this.wires.witness.mayLeave(`> ${this.label} closed`)) this.abandon();
    done(error);
  }

  private leave(octets: Uint8Array): void {
    if (this.isOver || !this.wires.witness.mayLeave(`> ${this.label}`, octets)) return;
    this.up.carry(() => this.peer?.received(octets));
  }

  private hangUp(): void {
    this.up.carry(() => {
      this.wires.forget(this);
      this.peer?.closed();
      this.peer = undefined;
    });
  }

  private greet(): void {
    if (this.wires.listener.isUp) this.peer = this.wires.listener.accept(this);
    else this.toGateway(() => this.fail('ECONNREFUSED'));
  }

  private toGateway(arrive: () => void): void {
    this.down.carry(() => {
      if (!this.isOver) arrive();
    });
  }

  private fail(code: 'ECONNRESET' | 'ECONNREFUSED'): void {
    this.wires.witness.arrives(`< ${this.label} ${code}`);
    this.destroy(Object.assign(new Error(code), { code }));
  }
}
