/** Devices for the load: real sockets with real sessions, as cheap as they can be for the sender. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connectFrame, registerFrame } from './frames.js';

const PAYLOAD = Buffer.from('{"temperature":21.5}');
const PUBACK = 0x0d;
const CONNACK = 0x05;
const REGACK = 0x0b;

export class Device {
  private msgId = 0;

  private constructor(
    private readonly socket: Socket,
    private readonly port: number,
    private readonly topicId: number,
  ) {}

  /** Connects to a gateway and registers its topic; a bare pipe needs neither. */
  static async start(port: number, index: number, hasSessions: boolean): Promise<Device> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    if (!hasSessions) return new Device(socket, port, 1);
    const clientId = `device-${String(index).padStart(3, '0')}`;
    const connect = connectFrame(clientId);
    await ask(socket, port, connect, CONNACK);
    const name = `bench/${clientId}/temperature`;
    const register = registerFrame(name);
    const regack = await ask(socket, port, register, REGACK);
    return new Device(socket, port, regack.readUInt16BE(2));
  }

  publish(qos: 0 | 1): void {
    this.msgId = (this.msgId % 0xffff) + 1;
    const frame = Buffer.allocUnsafe(7 + PAYLOAD.length);
    frame[0] = frame.length;
    frame[1] = 0x0c;
    frame[2] = qos << 5;
    frame.writeUInt16BE(this.topicId, 3);
    frame.writeUInt16BE(qos === 0 ? 0 : this.msgId, 5);
    PAYLOAD.copy(frame, 7);
    this.socket.send(frame, this.port, '127.0.0.1');
  }

  onPuback(listener: () => void): void {
    this.socket.removeAllListeners('message');
    this.socket.on('message', (data) => {
      if (data[1] === PUBACK) listener();
    });
  }

  stop(): void {
    this.socket.close();
  }
}

async function ask(
  socket: Socket,
  port: number,
  frame: Uint8Array,
  answer: number,
): Promise<Buffer> {
  for (;;) {
    socket.send(frame, port, '127.0.0.1');
    const [data] = (await once(socket, 'message')) as [Buffer];
    if (data[1] === answer) return data;
  }
}
