/** Datagrams between devices and the gateway: a network that loses, repeats, spoils, delays and overtakes. */
import type { Port } from '../../firmware-sim/devices/port.js';
import type { Random } from '../../firmware-sim/random.js';
import { decode } from '../../firmware-sim/sn/decode.js';
import type { Timeline } from '../../firmware-sim/timeline.js';
import type { Conditions } from './story.js';

/** The gateway's end. */
export interface Hub {
  datagram(address: string, data: Uint8Array): void;
}

/** Where an address comes from: any private network. */
const SUBNET = '10.7';

export class Network {
  /** The gateway's, while it is there. */
  hub: Hub | undefined;
  private readonly devices = new Map<string, NetworkPort>();
  /** By device, those who stand in its place. */
  private readonly impostors = new Map<string, ImpostorPort[]>();
  /** Who has had an address, now or before. */
  private readonly owners = new Map<string, string>();
  private addresses = 0;
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

  /** Gives it an address that nobody has had before. */
  move(port: NetworkPort): void {
    this.devices.delete(port.address);
    this.addresses += 1;
    port.address = `${SUBNET}.${this.addresses >> 8}.${this.addresses & 0xff}:1883`;
    this.devices.set(port.address, port);
    this.owners.set(port.address, port.device);
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
    for (const port of to) {
      if (port === undefined) continue;
      this.carry(data, port.luck, (arrived) => {
        // Whoever has moved meanwhile does not get it.
        if (address !== null && this.devices.get(address) !== port) return;
        port.arrived(arrived);
        this.overheard(port, arrived);
      });
    }
  }

  private overheard({ device }: NetworkPort, data: Uint8Array): void {
    for (const impostor of this.impostors.get(device) ?? []) impostor.arrived(data);
  }

  private carry(data: Uint8Array, luck: Random, deliver: (data: Uint8Array) => void): void {
    const { loss, duplication, corruption, delayMs } = this.conditions;
    const copies = luck.chance(duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const afterMs = luck.between(...delayMs);
      const isLost = luck.chance(loss);
      const arriving = luck.chance(corruption) ? spoilt(data, luck) : data.slice();
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

/** UDP has a check sum, so what is spoilt is cut: the commonest way firmware and drivers spoil a datagram. */
function spoilt(data: Uint8Array, luck: Random): Uint8Array {
  return data.slice(0, luck.integer(0, Math.max(data.length - 1, 0)));
}
