/** A device server with a modem behind it that puts each message into a frame of SLIP; the test is the device. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { decode, encode, type Message, type MessageType } from '../../src/codec/index.js';
import { encodeSlip, SlipFramer } from '../../src/framing/slip.js';
import { PATIENCE_MS, until } from './wait.js';

const FRAME_BYTES_MAX = 1500;

type Of<T extends MessageType> = Extract<Message, { type: T }>;

export class TcpModem {
  /** Messages that nobody has expected yet. */
  private readonly frames: Message[] = [];
  private socket: Socket | undefined;

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => this.serve(socket));
  }

  static async start(): Promise<TcpModem> {
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpModem(server);
  }

  /** For `port:` of the configuration. */
  get port(): string {
    return `tcp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Resolves when the gateway is connected. */
  connected(): Promise<Socket> {
    return until(() => this.socket, PATIENCE_MS, 'the gateway to open the port');
  }

  send(message: Message): void {
    this.sendOctets(encodeSlip(encode(message)));
  }

  sendOctets(octets: Uint8Array): void {
    this.socket?.write(octets);
  }

  /** The next message of this type; others before it are left out. */
  async expect<T extends MessageType>(type: T): Promise<Of<T>> {
    return until(
      () => {
        const at = this.frames.findIndex((frame) => frame.type === type);
        return at < 0 ? undefined : (this.frames.splice(0, at + 1).at(-1) as Of<T>);
      },
      PATIENCE_MS,
      type,
    );
  }

  /** The device server goes away and comes back, as after a power failure. */
  hangUp(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  async stop(): Promise<void> {
    this.hangUp();
    await new Promise<void>((closed) => this.server.close(() => closed()));
  }

  private serve(socket: Socket): void {
    this.socket = socket;
    const framer = new SlipFramer(FRAME_BYTES_MAX);
    socket.on('error', () => {});
    socket.on('data', (octets) => {
      for (const framed of framer.push(octets)) {
        const message = framed.kind === 'frame' ? decode(framed.data) : undefined;
        if (message !== undefined && message.type !== 'MALFORMED') {
          if (message.type !== 'ENCAPSULATED') this.frames.push(message);
        }
      }
    });
  }
}
