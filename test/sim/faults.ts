/** Makes the faults of a story happen, and end. */
import { HostileDevice } from '../../firmware-sim/devices/hostile/device.js';
import type { Simulation } from '../../firmware-sim/simulation.js';
import type { RadioFaults } from '../../firmware-sim/radio/virtual-radio.js';
import type { Timeline } from '../../firmware-sim/timeline.js';
import type { SimulatedBroker } from './broker/broker.js';
import type { GatewayProcess } from './gateway-process.js';
import type { Machinery } from './machinery.js';
import type { Conditions, Fault } from './story.js';

/** A kill that waits for outputs of a gateway which has nothing to say waits no longer. */
const KILL_PATIENCE_MS = 10_000;

/** An end in good order that takes longer is cut short, as systemd does. */
const STOP_PATIENCE_MS = 5000;

/** What a modem's faults are called by those who have them. */
const SWITCHES = { frozen: 'frozen', busy: 'busy', mute: 'noAnswers' } as const;

export const PERFECT: Conditions = { loss: 0, duplication: 0, corruption: 0, delayMs: [1, 5] };

const PERFECT_AIR: Partial<RadioFaults> = { loss: 0, duplication: 0 };

export interface Theatre {
  timeline: Timeline;
  process: GatewayProcess;
  machinery: Machinery;
  broker: SimulatedBroker;
  simulation: Simulation;
  /** The disk and the network as the story has them. */
  diskMs: number;
  lan: Conditions;
  /** A kill waits for its moment: this is it. */
  strikes(fault: Fault): void;
}

export class Faults {
  /** The faults are over for good. */
  private isCalm = false;

  /** As the scene has it. */
  private readonly radioFaults: ReadonlyMap<string, RadioFaults>;

  constructor(private readonly theatre: Theatre) {
    const radios = [...theatre.simulation.radios];
    this.radioFaults = new Map(radios.map(([name, { faults }]) => [name, { ...faults }]));
  }

  happen(fault: Fault): void {
    const { machinery, broker, simulation } = this.theatre;
    const { disk, network, wires } = machinery;
    switch (fault.kind) {
      case 'kill':
        return this.kill(fault);
      case 'restart':
        return this.restart(fault.offMs);
      case 'broker-down':
        broker.stop(fault.forgets);
        return this.after(fault.forMs, () => broker.start());
      case 'broker-refuses':
        broker.refuses[fault.what] = fault.why;
        return this.after(fault.forMs, () => {
          broker.refuses[fault.what] = undefined;
        });
      case 'partition':
        wires.isPartitioned = true;
        return this.after(fault.forMs, () => wires.heal());
      case 'lan':
        network.conditions = fault.conditions;
        return this.after(fault.forMs, () => {
          network.conditions = this.isCalm ? PERFECT : this.theatre.lan;
        });
      case 'echo':
        network.echoMs = fault.afterMs;
        return this.after(fault.forMs, () => {
          network.echoMs = undefined;
        });
      case 'disk-error':
        for (let n = 0; n < fault.writes; n++) {
          disk.failures.push(fault.landed ? 'all landed' : 'nothing landed');
        }
        return;
      case 'disk-refuses':
        disk.refusal = new Error('Read-only file system');
        disk.isReadable = true;
        disk.failures.push('nothing landed');
        return this.after(fault.forMs, () => {
          disk.refusal = undefined;
        });
      case 'disk-slow': {
        disk.latencyMs = fault.latencyMs;
        return this.after(fault.forMs, () => {
          disk.latencyMs = this.theatre.diskMs;
        });
      }
      case 'wall-clock':
        machinery.wallOffsetMs += fault.byMs;
        return;
      case 'reboot':
        return simulation.devices.get(fault.device)?.reboot(fault.offMs);
      case 'leave':
        return simulation.devices.get(fault.device)?.leave(fault.offMs);
      case 'move': {
        const port = network.portOf(fault.device);
        if (port !== undefined) network.move(port, fault.reuses);
        return;
      }
      case 'roam':
        return simulation.roam(fault.device, fault.lingersMs);
      case 'unplug': {
        const dongle = machinery.dongles.get(fault.modem);
        dongle?.unplug();
        return this.after(fault.forMs, () => dongle?.replug());
      }
      case 'modem': {
        const switches = simulation.modems.get(fault.modem)?.faults;
        if (switches === undefined) return;
        const name = SWITCHES[fault.is];
        switches[name] = true;
        return this.after(fault.forMs, () => {
          switches[name] = false;
        });
      }
      case 'noise':
        return simulation.modems.get(fault.modem)?.makeNoise(fault.bytes);
      case 'radio': {
        const faults = simulation.radios.get(fault.radio)?.faults;
        if (faults === undefined) return;
        const { loss, duplication = faults.duplication } = fault;
        Object.assign(faults, { loss, duplication });
        return this.after(fault.forMs, () => {
          Object.assign(faults, this.isCalm ? PERFECT_AIR : this.radioFaults.get(fault.radio));
        });
      }
      default:
        fault satisfies never;
    }
  }

  /** Everything is repaired. */
  calm(): void {
    const { process, machinery, broker, simulation } = this.theatre;
    const { disk, network, wires } = machinery;
    this.isCalm = true;
    for (const device of simulation.devices.values())
      if (device instanceof HostileDevice) device.stop();
    network.conditions = PERFECT;
    network.echoMs = undefined;
    for (const radio of simulation.radios.values()) Object.assign(radio.faults, PERFECT_AIR);
    for (const dongle of machinery.dongles.values()) dongle.replug();
    for (const { faults } of simulation.modems.values()) {
      for (const name of Object.values(SWITCHES)) faults[name] = false;
    }
    broker.start();
    broker.answerMs = 0;
    broker.refuses.connect = undefined;
    broker.refuses.publish = undefined;
    wires.heal();
    disk.refusal = undefined;
    disk.failures = [];
    process.killNow();
  }

  private kill(fault: Extract<Fault, { kind: 'kill' }>): void {
    const { process, machinery } = this.theatre;
    process.killAfter(fault, () => {
      this.theatre.strikes(fault);
      machinery.disk.cutPower(fault.batchSurvives);
      if (fault.reboots) machinery.reboot();
      this.after(fault.offMs, () => process.start());
    });
    if (fault.word === undefined) this.after(KILL_PATIENCE_MS, () => process.killNow());
  }

  private restart(offMs: number): void {
    const { process, machinery } = this.theatre;
    const goOn = (): void => {
      machinery.disk.cutPower(true);
      this.after(offMs, () => process.start());
    };
    process.stop(goOn);
    this.after(STOP_PATIENCE_MS, () => {
      if (process.isStopping) process.killAfter({ afterOutputs: 0, ofPromises: false }, goOn);
    });
  }

  private after(ms: number, call: () => void): void {
    const { timeline } = this.theatre;
    timeline.at(timeline.now() + ms, call);
  }
}
