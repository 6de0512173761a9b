/** A forwarder (MQTT-SN 1.2, 4): many devices behind one UDP socket, told apart by their node ids. */
import { createSocket, type Socket } from 'node:dgram';
import { feHeader } from '../../../firmware-sim/devices/link-header.js';
import type { Port } from '../../../firmware-sim/devices/port.js';

/** Length, type and control octet stand before the node id. */
const NODE_AT = 3;
const NODE_BYTES = 2;

export class Forwarder {
  private readonly nodes = new Map<number, (datagram: Uint8Array) => void>();

  private constructor(
    private readonly socket: Socket,
    private readonly gateway: { host: string; port: number },
  ) {}

  static open(gateway: { host: string; port: number }): Forwarder {
    const forwarder = new Forwarder(createSocket('udp4'), gateway);
    forwarder.socket.on('message', (datagram) => forwarder.receive(datagram));
    // While the gateway is away nobody listens on its port.
    forwarder.socket.on('error', () => {});
    return forwarder;
  }

  /** Of the device with this node id, which has two octets. */
  port(node: number): Port {
    const header = feHeader(Uint8Array.of(node >> 8, node & 0xff));
    let listener: (message: Uint8Array) => void = () => {};
    let isOn = false;
    this.nodes.set(node, (datagram) => {
      const message = header.unwrap(Uint8Array.from(datagram));
      if (isOn && message !== undefined) listener(message);
    });
    return {
      send: (message) =>
        this.socket.send(header.wrap(message), this.gateway.port, this.gateway.host),
      onMessage: (newListener) => {
        listener = newListener;
      },
      listen: (on) => {
        isOn = on;
      },
    };
  }

  close(): void {
    this.socket.close();
  }

  private receive(datagram: Buffer): void {
    if (datagram.length < NODE_AT + NODE_BYTES) return;
    this.nodes.get(datagram.readUInt16BE(NODE_AT))?.(datagram);
  }
}
