/** A scene that runs: radios, modems, devices and faults on one timeline. For tests, and for `simulate`. */
import type { Device } from './devices/firmware.js';
import type { Port } from './devices/port.js';
import { cutPower } from './devices/power-cuts.js';
import type { RadioPort } from './devices/radio-port.js';
import { RoamingPort } from './devices/roaming-port.js';
import type { VirtualModem } from './modems/index.js';
import type { StationStatistics } from './radio/statistics.js';
import type { VirtualRadio } from './radio/virtual-radio.js';
import { Random } from './random.js';
import {
  buildDevice,
  buildModem,
  buildRadio,
  type BuiltRadio,
  type Ground,
  buildRadioPort,
  positionOf,
  type Uplink,
} from './scene/build.js';
import { type Pluggable, scheduleFault } from './scene/faults.js';
import { DeviceNumbering } from './scene/numbering.js';
import type { DevicePlan, ModemPlan, Scene } from './scene/schema.js';
import type { Address } from './scene/values.js';
import type { Timeline } from './timeline.js';

export interface ModemPort extends Pluggable {
  close(): Promise<void>;
}

export interface SimulationSetup {
  timeline: Timeline;
  /** In place of the scene's. */
  seed?: number;
  /** Opens the port of a modem for the gateway. Absent: there are none, and modems are spoken to directly. */
  openPort?: (modem: VirtualModem, plan: ModemPlan) => Promise<ModemPort>;
  /** For devices on the network. */
  openUdp?: (gateway: Address, device: string) => Port & { close(): void };
  /** Puts itself between a device and its port. */
  watch?: (device: string, port: Port) => Port;
  /** Is told what a device on a radio has not heard because its receiver was off. */
  missed?: (device: string, message: Uint8Array) => void;
  /** Hears what happens to whom. */
  tell?: (line: string) => void;
}

export class Simulation {
  readonly timeline: Timeline;
  readonly radios = new Map<string, VirtualRadio>();
  readonly modems = new Map<string, VirtualModem>();
  readonly devices = new Map<string, Device>();
  private readonly ground: Ground;
  private readonly built = new Map<string, BuiltRadio>();
  private readonly ports = new Map<string, ModemPort>();
  private readonly sockets: { close(): void }[] = [];
  private readonly roamers = new Map<string, RoamingPort>();
  /** What ends power cuts and journeys. */
  private readonly habits: (() => void)[] = [];

  constructor(
    private readonly scene: Scene,
    private readonly setup: SimulationSetup,
  ) {
    this.timeline = setup.timeline;
    this.ground = { timeline: setup.timeline, random: new Random(setup.seed ?? scene.seed) };
    for (const [name, plan] of Object.entries(scene.radios)) {
      const built = buildRadio(name, plan, this.ground);
      this.built.set(name, built);
      this.radios.set(name, built.radio);
    }
    for (const plan of scene.modems) {
      this.modems.set(plan.id, buildModem(plan, this.radio(plan.radio), this.ground));
    }
    for (const plan of scene.devices) {
      for (let n = 1; n <= plan.count; n++) this.addDevice(plan, n);
    }
  }

  /** Opens the ports, switches everything on, and lets the faults come. */
  async start(): Promise<void> {
    const { openPort } = this.setup;
    if (openPort !== undefined) {
      for (const plan of this.scene.modems) {
        this.ports.set(plan.id, await openPort(this.modem(plan.id), plan));
      }
    }
    this.switchOn();
  }

  /** Everything but the ports. */
  switchOn(): void {
    for (const modem of this.modems.values()) modem.reset();
    for (const device of this.devices.values()) device.start();
    for (const fault of this.scene.faults) {
      scheduleFault(fault, {
        timeline: this.timeline,
        radio: (name) => this.radio(name).radio,
        modem: (id) => this.modem(id),
        port: (id) => this.ports.get(id),
        devices: () => this.devices.values(),
        tell: (line) => this.setup.tell?.(line),
      });
    }
  }

  async stop(): Promise<void> {
    for (const end of this.habits) end();
    for (const device of this.devices.values()) device.stop();
    for (const socket of this.sockets) socket.close();
    await Promise.all([...this.ports.values()].map((port) => port.close()));
  }

  /** A device with two places changes to the other one, and speaks at both for so long, or until it changes again. */
  roam(device: string, lingersMs: number): void {
    const port = this.roamers.get(device);
    port?.roam(lingersMs > 0);
    if (lingersMs > 0) this.timeline.at(this.timeline.now() + lingersMs, () => port?.settle());
  }

  /** By the ids of the modems. */
  statisticsOfModems(): [id: string, StationStatistics][] {
    return this.scene.modems.map(({ id, radio }) => [id, this.radio(radio).radio.statistics(id)]);
  }

  private addDevice(plan: DevicePlan, n: number): void {
    const id = new DeviceNumbering(n).fill(plan.id);
    const numbering = new DeviceNumbering(n, id);
    const random = this.ground.random.branch(`device ${id}`);
    const own = this.portOf(plan, id, numbering, random);
    const port = this.setup.watch?.(id, own) ?? own;
    const setup = { id, timeline: this.timeline, port, random };
    const device = buildDevice(plan, setup, numbering, this.moreSockets(plan, id));
    this.devices.set(id, device);
    if (plan.reboots === undefined) return;
    const { every, off } = plan.reboots;
    const cuts = { everySec: every / 1000, offSec: off / 1000 };
    this.habits.push(cutPower(device, this.timeline, random.branch('power'), cuts));
  }

  private portOf(plan: DevicePlan, id: string, numbering: DeviceNumbering, random: Random): Port {
    const { radio, via, udp, roams } = plan;
    const home =
      udp === undefined
        ? this.radioPort(plan, id, numbering, this.uplink(radio, via), random)
        : this.udpPort(udp, id);
    if (roams === undefined) return home;
    const away = this.uplink(roams.radio, roams.via);
    // One more antenna: on the same radio it needs a name of its own.
    const abroad = this.radioPort(plan, `${id}@${roams.via}`, numbering, away, random);
    const port = new RoamingPort([home, abroad]);
    this.roamers.set(id, port);
    if (roams.every !== undefined) this.habits.push(this.travel(port, roams.every));
    return port;
  }

  private moreSockets(plan: DevicePlan, device: string): Port[] {
    if (plan.kind !== 'hostile') return [];
    const { udp, sockets } = plan;
    if (udp === undefined) return [];
    return Array.from({ length: sockets - 1 }, () => this.udpPort(udp, device));
  }

  private udpPort(gateway: Address, device: string): Port {
    const { openUdp } = this.setup;
    if (openUdp === undefined) throw new Error('this simulation has no network');
    const port = openUdp(gateway, device);
    this.sockets.push(port);
    return port;
  }

  private radioPort(
    plan: DevicePlan,
    id: string,
    numbering: DeviceNumbering,
    { radio: { radio, map }, modem, gatewayNode }: Uplink,
    random: Random,
  ): RadioPort {
    const options = {
      id,
      timeline: this.timeline,
      air: radio,
      address: numbering.fill(plan.address ?? ''),
      gateway: modem.address === '' ? null : modem.address,
      overheadBytes: plan.overhead,
      missed: (message: Uint8Array) => this.setup.missed?.(numbering.fill(plan.id), message),
    };
    const port = buildRadioPort(plan, options, numbering, gatewayNode, random);
    map?.place(id, positionOf(plan.at, random.branch('position')));
    radio.add(port);
    return port;
  }

  private travel(port: RoamingPort, everyMs: number): () => void {
    let cancel: () => void = () => {};
    const next = (): void => {
      cancel = this.timeline.at(this.timeline.now() + everyMs, () => {
        port.roam();
        next();
      });
    };
    next();
    return () => cancel();
  }

  private uplink(radio: string | undefined, via: string | undefined): Uplink {
    const plan = this.scene.modems.find(({ id }) => id === via);
    return {
      radio: this.radio(radio ?? ''),
      modem: this.modem(via ?? ''),
      gatewayNode: plan?.node ?? 0,
    };
  }

  private radio(name: string): BuiltRadio {
    const built = this.built.get(name);
    if (built === undefined) throw new Error(`there is no radio "${name}"`);
    return built;
  }

  private modem(id: string): VirtualModem {
    const modem = this.modems.get(id);
    if (modem === undefined) throw new Error(`there is no modem "${id}"`);
    return modem;
  }
}
