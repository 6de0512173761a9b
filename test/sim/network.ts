/** Datagrams between devices and the gateway: a network that loses, repeats, spoils, delays and overtakes. */
import type { Port } from '../../firmware-sim/devices/port.js';
import type { Random } from '../../firmware-sim/random.js';
import { decode } from '../../firmware-sim/sn/decode.js';
import { CODE, TYPES } from '../../firmware-sim/sn/messages.js';
import type { Timeline } from '../../firmware-sim/timeline.js';
import type { Conditions } from './story.js';

/** The gateway's end. */
export interface Hub {
  datagram(address: string, data: Uint8Array): void;
}

/** Where an address comes from: any private network. */
const SUBNET = '10.7';

/** After that time nothing is under way any more that was sent from an address, or to it. */
const FADES_MS = 20_000;

export class Network {
  /** The gateway's, while it is there. */
  hub: Hub | undefined;
  private readonly devices = new Map<string, NetworkPort>();
  /** By device, those who stand in its place. */
  private readonly impostors = new Map<string, ImpostorPort[]>();
  /** Who has had an address, now or before. */
  private readonly owners = new Map<string, string>();
  /** Addresses that their devices have left for good, and since when. */
  private readonly left: { address: string; since: number }[] = [];
  private addresses = 0;
  /**
   * Whether the next run of the gateway will know where it lets a device in now. "When the disk fails": else that run looks for it
   * where it was before, and takes whoever is there for it.
   */
  keepsPlaces = true;
  /** After that time what is repeated comes once more; undefined: it does not. */
  echoMs: number | undefined;

  constructor(
    private readonly timeline: Timeline,
    private readonly random: Random,
    public conditions: Conditions,
  ) {}

  open(device: string): NetworkPort {
    const port = new NetworkPort(this, device, this.random.branch(device));
    this.move(port);
    return port;
  }

  /** A place beside another device: it hears what that one says and hears, and sends from its address. */
  openBeside(victim: NetworkPort, device: string): ImpostorPort {
    const port = new ImpostorPort(
      this,
      victim,
      this.random.branch(`${device} as ${victim.device}`),
    );
    this.impostors.set(victim.device, [...(this.impostors.get(victim.device) ?? []), port]);
    return port;
  }

  /** The device that an address belongs to, or belonged to before it moved. */
  ownerOf(address: string): string | undefined {
    return this.owners.get(address);
  }

  /** Gives it an address that nobody has had before, or (`reuses`) one that another device has left. */
  move(port: NetworkPort, reuses = false): void {
    this.devices.delete(port.address);
    if (port.address !== '') port.before.push(port.address);
    port.address = (reuses ? this.leftByOthers(port) : undefined) ?? this.newAddress();
    this.devices.set(port.address, port);
    this.owners.set(port.address, port.device);
  }

  private newAddress(): string {
    this.addresses += 1;
    return `${SUBNET}.${this.addresses >> 8}.${this.addresses & 0xff}:1883`;
  }

  /** The oldest; its own old ones stay its own. */
  private leftByOthers({ device }: NetworkPort): string | undefined {
    const fadedAt = this.timeline.now() - FADES_MS;
    const at = this.left.findIndex(
      ({ address, since }) => since <= fadedAt && this.ownerOf(address) !== device,
    );
    return at < 0 ? undefined : this.left.splice(at, 1)[0]?.address;
  }

  /**
   * Whom the gateway has let in from its new address has left the old ones: before, what comes from there is taken for its own. It
   * counts what it could keep as it said so: a CONNACK may outlive its process.
   */
  private settled(port: NetworkPort, heard: Uint8Array): void {
    const message = decode(heard);
    if (message?.type !== 'CONNACK' || message.code !== CODE.accepted) return;
    const since = this.timeline.now();
    const before = port.before.splice(0);
    // Somebody who spoke for it may have a session there, in whatever name.
    if (this.impostors.has(port.device)) return;
    this.left.push(...before.map((address) => ({ address, since })));
  }

  portOf(device: string): NetworkPort | undefined {
    return [...this.devices.values()].find((port) => port.device === device);
  }

  close(port: NetworkPort): void {
    this.devices.delete(port.address);
  }

  toGateway(port: NetworkPort, data: Uint8Array): void {
    this.overheard(port, data);
    this.forge(port, port.luck, data);
  }

  /** In the name of a device, whether it has said so or not. */
  forge({ address }: NetworkPort, luck: Random, data: Uint8Array): void {
    this.carry(data, luck, (arrived) => this.hub?.datagram(address, arrived));
    if (this.echoMs === undefined || !isRepeat(data)) return;
    const again = data.slice();
    this.timeline.at(this.timeline.now() + this.echoMs, () => this.hub?.datagram(address, again));
  }

  /** `address` null: to everybody. */
  toDevices(address: string | null, data: Uint8Array): void {
    const to = address === null ? [...this.devices.values()] : [this.devices.get(address)];
    const { keepsPlaces } = this;
    for (const port of to) {
      if (port === undefined) continue;
      this.carry(data, port.luck, (arrived) => {
        // Whoever has moved meanwhile does not get it.
        if (address !== null && this.devices.get(address) !== port) return;
        port.arrived(arrived);
        if (keepsPlaces) this.settled(port, arrived);
        this.overheard(port, arrived);
      });
    }
  }

  private overheard({ device }: NetworkPort, data: Uint8Array): void {
    for (const impostor of this.impostors.get(device) ?? []) impostor.arrived(data);
  }

  private carry(data: Uint8Array, luck: Random, deliver: (data: Uint8Array) => void): void {
    const { loss, duplication, corruption, flips = 0, delayMs } = this.conditions;
    const copies = luck.chance(duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const afterMs = luck.between(...delayMs);
      const isLost = luck.chance(loss);
      const isFlipped = flips > 0 && luck.chance(flips);
      const whole = isFlipped ? flipped(data, luck) : data;
      // Both at once could make another message of it.
      const isCut = luck.chance(corruption) && !isFlipped;
      const arriving = isCut ? cut(whole, luck) : whole.slice();
      if (!isLost) this.timeline.at(this.timeline.now() + afterMs, () => deliver(arriving));
    }
  }
}

/** An end of the network. */
abstract class Ear implements Port {
  private listener: (message: Uint8Array) => void = () => {};
  private isOn = false;

  abstract send(message: Uint8Array): void;

  onMessage(listener: (message: Uint8Array) => void): void {
    this.listener = listener;
  }

  listen(on: boolean): void {
    this.isOn = on;
  }

  arrived(data: Uint8Array): void {
    if (this.isOn) this.listener(data);
  }
}

/** A device's socket. */
export class NetworkPort extends Ear {
  address = '';
  /** Those that it had, and that the gateway may still take for its own. */
  readonly before: string[] = [];

  constructor(
    private readonly network: Network,
    readonly device: string,
    readonly luck: Random,
  ) {
    super();
  }

  override send(message: Uint8Array): void {
    this.network.toGateway(this, message);
  }

  close(): void {
    this.network.close(this);
  }
}

/** Whoever stands beside a device, and speaks for it. */
class ImpostorPort extends Ear {
  constructor(
    private readonly network: Network,
    private readonly victim: NetworkPort,
    private readonly luck: Random,
  ) {
    super();
  }

  override send(message: Uint8Array): void {
    this.network.forge(this.victim, this.luck, message);
  }

  close(): void {}
}

function isRepeat(data: Uint8Array): boolean {
  const message = decode(data);
  return message?.type === 'PUBLISH' && message.dup;
}

/** The commonest way firmware and drivers spoil a datagram: UDP has a check sum against others. */
function cut(data: Uint8Array, luck: Random): Uint8Array {
  return data.slice(0, luck.integer(0, Math.max(data.length - 1, 0)));
}

/** Of a length that has three octets; and where type and protocol stand behind one of a single octet (5.2). */
const LONG = 0x01;
const [TYPE_AT, PROTOCOL_AT] = [1, 3];

/** All are reserved: none of them is a type of message (5.2.2). */
const RESERVED_TYPES = { min: 0x1e, max: 0xfd };

/**
 * In IPv4 the check sum may be left out, and small stacks do. MQTT-SN has none, so a wrong octet in a topic, a payload or a
 * number makes another message that nobody can tell from a true one, and no book would be right any more. So it is
 * the length, the type, or the protocol of a CONNECT: whoever reads them sees that something is wrong.
 */
function flipped(data: Uint8Array, luck: Random): Uint8Array {
  const octets = data.slice();
  const [length, type] = octets;
  if (length === undefined || length === LONG) return octets;
  const places = type === TYPES.CONNECT ? [0, TYPE_AT, PROTOCOL_AT] : [0, TYPE_AT];
  const at = luck.pick(places);
  octets[at] =
    at === TYPE_AT
      ? luck.integer(RESERVED_TYPES.min, RESERVED_TYPES.max)
      : (octets[at] ?? 0) ^ luck.integer(1, 0xff);
  return octets;
}
