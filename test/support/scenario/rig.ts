import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { MqttProxy } from '../mqtt-proxy.js';
import { PATIENCE_MS } from '../wait.js';
import { Changes } from './changes.js';
import { Daemon } from './daemon.js';
import {
  daemonConfig,
  GATEWAY_CLIENT,
  type Mode,
  MQTT_VERSION,
  MULTICAST,
} from './daemon-config.js';
import { Observer } from './observer.js';
import type { Settings } from './types.js';

const SEARCH_INTERVAL_MS = 25;
/** Without an answer for so long the gateway waits for something. */
const UNHEARD_MS = 2000;
/** Between two leaps. */
const PACE_MS = 10;

/** A built daemon between devices on UDP and a real broker, with a recording proxy before the broker. */
export class Rig {
  readonly changes = new Changes();
  daemon = new Daemon();
  readonly proxy: MqttProxy;
  readonly observer: Observer;
  /** Multicast datagrams that nobody has taken yet. */
  readonly multicasts: Uint8Array[] = [];
  private group: Socket | undefined;

  constructor(
    private readonly mode: Mode,
    private readonly settings: Settings,
    brokerPort: number,
  ) {
    this.proxy = new MqttProxy(brokerPort, MQTT_VERSION[mode]);
    this.proxy.on('change', this.changes.tell);
    this.observer = new Observer(brokerPort, this.changes.tell);
  }

  async start(): Promise<void> {
    await Promise.all([this.proxy.start(), this.observer.start()]);
    const multicast = this.settings.advertise === undefined ? 0 : await this.hearMulticast();
    const ports = { broker: this.proxy.port, multicast };
    await this.daemon.start(daemonConfig(this.mode, this.settings, ports));
    await this.brokerReached();
  }

  /** Resolves when a client is at the broker: the gateway's pause before it tries again is not ours. */
  async connected(client: string): Promise<void> {
    while (!this.proxy.isConnected(client)) {
      await this.daemon.leap(500);
      // A connection takes time of the machine: the gateway gives up after 10 s of its own, and one given up may come late.
      await new Promise((resolve) => setTimeout(resolve, PACE_MS));
    }
  }

  /** Resolves when the gateway's own connection is up and devices may know. */
  async brokerReached(): Promise<void> {
    let isHeard = false;
    const probe = await this.openDevice(() => {
      isHeard = true;
    });
    const deadline = performance.now() + PATIENCE_MS;
    // The answer to SEARCHGW is the only sign that devices get.
    while (!isHeard) {
      if (performance.now() > deadline) throw new Error('the gateway does not answer SEARCHGW');
      // Again and again: on a busy machine time may leap past the gateway's patience with CONNACK.
      await this.connected(GATEWAY_CLIENT);
      probe.send('\x03\x01\x00', this.daemon.port, '127.0.0.1');
      await new Promise((resolve) => setTimeout(resolve, SEARCH_INTERVAL_MS));
      // The proxy may take a connection for one that the gateway has given up: then it is time that brings the next.
      if (performance.now() > deadline - PATIENCE_MS + UNHEARD_MS) await this.daemon.leap(100);
    }
    probe.close();
  }

  /** A socket of its own, and so an address that the gateway has not seen. `heard` gets what the gateway sends there. */
  async openDevice(heard: (frame: Uint8Array) => void): Promise<Socket> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    // The port may have been another program's a moment ago, to which somebody still sends.
    socket.on('message', (frame, { port }) => {
      if (port === this.daemon.port) heard(frame);
    });
    return socket;
  }

  async stop(): Promise<void> {
    await this.daemon.stop();
    await this.observer.stop();
    await this.proxy.stop();
    this.group?.close();
  }

  /** For the scenario after one that left the daemon in a state that cannot be undone. */
  async restart(): Promise<void> {
    await this.stop();
    this.daemon = new Daemon();
    this.proxy.forget();
    await this.start();
  }

  private async hearMulticast(): Promise<number> {
    const group = createSocket({ type: 'udp4', reuseAddr: true });
    this.group = group;
    group.bind(0, '0.0.0.0');
    await once(group, 'listening');
    group.addMembership(MULTICAST.group, MULTICAST.interface);
    group.on('message', (frame, { port }) => {
      if (port !== this.daemon.port) return;
      this.multicasts.push(frame);
      this.changes.tell();
    });
    return group.address().port;
  }
}
