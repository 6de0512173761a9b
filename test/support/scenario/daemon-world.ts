import type { Socket } from 'node:dgram';
import type { Packet } from 'mqtt-packet';
import type { RecordedPacket } from '../mqtt-proxy.js';
import { GATEWAY_CLIENT } from './daemon-config.js';
import { clientIdOf, parseFrame, TYPE } from './frame.js';
import type { Rig } from './rig.js';
import { expectedFields, fieldsOf, isForwarded, isRequest, passing } from './packets.js';
import { same } from './same.js';
import type { MqttPacket, PublishFields, WillFields } from './types.js';
import { type BrokerState, GATEWAY, type World } from './world.js';

const EVERYBODY = '*';
/** Longer leaps would jump over the gateway's pings to the broker. */
const LEAP_SEC_MAX = 20;
/** How long a transparent upstream tries to get a session back before it gives it up. */
const GRACE_SEC = 30;

/** The client of whose session `up without the session` speaks. */
const SESSION = 'dev1';

/** A rig in transparent mode as one scenario sees it: every address is a socket of its own. */
export class DaemonWorld implements World {
  readonly seesUpstream: boolean = true;
  /** Clients that have asked for a session. */
  private readonly clients = new Set<string>();
  private readonly devices = new Map<string, { socket: Socket; frames: Uint8Array[] }>();

  constructor(protected readonly rig: Rig) {
    rig.proxy.holds = (client, packet, topic) => this.holds(client, packet, topic);
  }

  now(): number {
    return performance.now() + this.rig.daemon.leaptMs;
  }

  async wait({ daemon: seconds }: { daemon: number }): Promise<void> {
    const { daemon, proxy, changes } = this.rig;
    for (let left = seconds; left > 0; left -= LEAP_SEC_MAX) {
      const ms = Math.min(left, LEAP_SEC_MAX) * 1000;
      await daemon.leap(ms);
      await changes.until(
        () => !proxy.isPinging || undefined,
        () => 'the broker did not answer a ping',
      );
    }
  }

  settle(): Promise<void> {
    return this.rig.changes.quiet();
  }

  async send(at: string, frame: Uint8Array): Promise<void> {
    const connect = parseFrame(frame);
    if (connect?.type === TYPE.CONNECT) this.clients.add(clientIdOf(connect) ?? '');
    const { socket } = await this.device(at);
    await new Promise<void>((done, fail) => {
      const sent = (error: Error | null) => (error ? fail(error) : done());
      socket.send(frame, this.rig.daemon.port, '127.0.0.1', sent);
    });
  }

  async receive(at: string): Promise<Uint8Array> {
    const frames = at === EVERYBODY ? this.rig.multicasts : (await this.device(at)).frames;
    return this.rig.changes.until(
      () => frames.shift(),
      () => ['no frame came', ...this.leftovers()].join('; '),
    );
  }

  async expectPacket(client: string | null, expected: MqttPacket): Promise<void> {
    const { proxy, changes } = this.rig;
    const name = client ?? GATEWAY_CLIENT;
    const wanted = !isRequest(expected)
      ? (packet: RecordedPacket) => packet.cmd === expected.cmd
      : client === GATEWAY
        ? isForwarded
        : isRequest;
    const packet = await changes.until(
      () => takeFirst(proxy.packetsOf(name), wanted),
      () => [`no packet of ${name} came`, ...this.leftovers()].join('; '),
    );
    same(fieldsOf(packet), expectedFields(expected));
  }

  /** Frames before and after it travel another way: it must neither overtake nor be overtaken. */
  async brokerSends(client: string, packet: MqttPacket): Promise<void> {
    const { daemon, proxy, observer, changes } = this.rig;
    await daemon.catchUp();
    if (packet.cmd === 'publish' && packet.from !== 'broker') await observer.publish(packet);
    await changes.until(
      () => proxy.release(client, (held) => passing(held, packet)) || undefined,
      () => `the broker did not send ${packet.cmd}`,
    );
    await daemon.catchUp();
  }

  async packetBefore(client: string, at: string): Promise<boolean> {
    const { frames } = await this.device(at);
    return this.rig.changes.until(
      () => {
        if (this.rig.proxy.packetsOf(client).some(isRequest)) return true;
        return frames.length > 0 ? false : undefined;
      },
      () => 'neither a packet nor a frame came',
    );
  }

  storeRetained(message: PublishFields): Promise<void> {
    return this.rig.observer.publish({ ...message, retain: true });
  }

  async setBroker(state: BrokerState): Promise<void> {
    const { proxy, observer } = this.rig;
    if (state === 'down') {
      await proxy.stop();
      // The gateway hears of it in its own time.
      return this.settle();
    }
    if (state === 'up') {
      await proxy.start();
      return this.rig.brokerReached();
    }
    await observer.removeSession(SESSION);
    await proxy.start();
    // Its CONNACK is held: waiting for the gateway's own connection, too, could take too long.
    await this.rig.connected(SESSION);
  }

  async graceOver(): Promise<void> {
    await this.wait({ daemon: GRACE_SEC });
  }

  async expectWill(will: WillFields): Promise<void> {
    const { observer, changes } = this.rig;
    const published = await changes.until(
      () => observer.wills.shift(),
      () => 'the broker published no will',
    );
    same(published, will);
  }

  leftovers(): string[] {
    const { proxy, observer, multicasts } = this.rig;
    const frames = [
      ...[...this.devices].map(([at, { frames: waiting }]) => [at, waiting] as const),
      [EVERYBODY, multicasts] as const,
    ].flatMap(([at, list]) =>
      list.map((frame) => `frame to ${at}: ${Buffer.from(frame).toString('hex')}`),
    );
    const wills = observer.wills.map(({ topic }) => `will ${topic}`);
    return [...frames, ...this.packetsLeft(), ...wills, ...proxy.violations];
  }

  protected holds(client: string, _packet: Packet, _topic?: string): boolean {
    return client !== GATEWAY_CLIENT;
  }

  protected packetsLeft(): string[] {
    const { proxy } = this.rig;
    return proxy.clients().flatMap((client) =>
      proxy
        .packetsOf(client)
        .filter(client === GATEWAY_CLIENT ? isForwarded : isRequest)
        .map((packet) => `packet of ${client}: ${JSON.stringify(fieldsOf(packet))}`),
    );
  }

  stateOf(): undefined {
    return undefined;
  }

  dropsFor(): undefined {
    return undefined;
  }

  wasPinged(client: string): boolean | undefined {
    return this.rig.proxy.pingsOf(client) > 0;
  }

  /** Leaves the rig as it was: no sessions, no retained messages, the broker up. */
  async end(): Promise<void> {
    const { proxy, observer, multicasts } = this.rig;
    proxy.holds = () => false;
    proxy.releaseAll();
    if (!proxy.isListening) await proxy.start();
    await this.rig.brokerReached();
    this.clients.delete('');
    for (const client of [...this.clients]) await this.forget(client);
    for (const { socket } of this.devices.values()) socket.close();
    await observer.clear();
    proxy.forget();
    multicasts.length = 0;
  }

  /** Connects as the client with a clean session and says good-bye. */
  private async forget(client: string): Promise<void> {
    const at = `the end of ${client}`;
    const connect = Buffer.from([0, 0x04, 0x04, 0x01, 0, 60, ...Buffer.from(client)]);
    connect[0] = connect.length;
    for (const [frame, answer] of [
      [connect, '030500'],
      [Buffer.from('0218', 'hex'), '0218'],
    ] as const) {
      await this.send(at, frame);
      const hex = Buffer.from(await this.receive(at)).toString('hex');
      if (hex !== answer) throw new Error(`${client} cannot be removed: ${hex}`);
    }
    await this.gone(client);
  }

  /** Resolves when the broker has heard the last of the client. */
  protected async gone(client: string): Promise<void> {
    await this.rig.changes.until(
      () => !this.rig.proxy.isConnected(client) || undefined,
      () => `the connection of ${client} stays open`,
    );
  }

  private async device(at: string): Promise<{ socket: Socket; frames: Uint8Array[] }> {
    const known = this.devices.get(at);
    if (known) return known;
    const frames: Uint8Array[] = [];
    const socket = await this.rig.openDevice((frame) => {
      frames.push(frame);
      this.rig.changes.tell();
    });
    const device = { socket, frames };
    this.devices.set(at, device);
    return device;
  }
}

function takeFirst<T>(list: T[], wanted: (one: T) => boolean): T | undefined {
  const at = list.findIndex(wanted);
  return at < 0 ? undefined : list.splice(at, 1)[0];
}
