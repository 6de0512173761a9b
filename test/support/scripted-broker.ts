/** A broker that does what a test says, packet by packet: for what no real broker does on request. */
import { createServer, type Server, type Socket } from 'node:net';
import { generate, type IConnackPacket, type Packet, parser } from 'mqtt-packet';

export interface Session {
  readonly socket: Socket;
  readonly version: 5 | 4;
  send(packet: Packet): void;
}

/** What the broker does with a packet of a client. CONNECT comes here as well. */
export type Script = (packet: Packet, session: Session) => void;

export class ScriptedBroker {
  /** Every packet that came, in order. */
  readonly received: Packet[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(private readonly script: Script) {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(script: Script): Promise<ScriptedBroker> {
    const broker = new ScriptedBroker(script);
    await new Promise<void>((resolve) => broker.#server.listen(0, '127.0.0.1', resolve));
    return broker;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return `mqtt://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let session: Session | undefined;
    const packets = parser();
    packets.on('packet', (packet: Packet) => {
      session ??= sessionOf(socket, packet);
      this.received.push(packet);
      this.script(packet, session);
    });
    socket.on('data', (octets) => packets.parse(octets));
  }
}

/** An ordinary broker's CONNACK. */
export function connack(properties?: IConnackPacket['properties'], code = 0): IConnackPacket {
  const packet: IConnackPacket = {
    cmd: 'connack',
    sessionPresent: false,
    returnCode: code,
    reasonCode: code,
  };
  if (properties !== undefined) packet.properties = properties;
  return packet;
}

function sessionOf(socket: Socket, packet: Packet): Session {
  const version = packet.cmd === 'connect' && packet.protocolVersion === 5 ? 5 : 4;
  return {
    socket,
    version,
    send: (answer) => socket.write(generate(answer, { protocolVersion: version })),
  };
}
