/** Makes the faults of a scene happen, and end. */
import type { Device } from '../devices/firmware.js';
import type { VirtualModem } from '../modems/index.js';
import type { VirtualRadio } from '../radio/virtual-radio.js';
import type { Timeline } from '../timeline.js';
import { matches } from './rules.js';
import type { FaultPlan } from './schema.js';

/** The port of a modem, as far as faults need it. */
export interface Pluggable {
  unplug(): void;
  /** `path`: of a pty that comes back under another name. */
  replug(path?: string): Promise<void>;
}

export interface Victims {
  timeline: Timeline;
  radio(name: string): VirtualRadio;
  modem(id: string): VirtualModem;
  port(modem: string): Pluggable | undefined;
  devices(): Iterable<Device>;
  /** Says what happens. */
  tell(line: string): void;
}

/** How long a device is off when the scene does not say. */
const REBOOT_MS = 5000;

export function scheduleFault(fault: FaultPlan, victims: Victims): void {
  const { timeline } = victims;
  const firstMs = fault.at ?? fault.every ?? 0;
  const happen = (): void => {
    const end = inflict(fault, victims);
    const { for: lastsMs, every } = fault;
    if (end !== undefined) timeline.at(timeline.now() + (lastsMs ?? 0), end);
    if (every !== undefined) timeline.at(timeline.now() + every, happen);
  };
  timeline.at(timeline.now() + firstMs, happen);
}

/** Returns what ends it; undefined: it is over. */
function inflict(fault: FaultPlan, victims: Victims): (() => void) | undefined {
  const lasts = fault.for === undefined ? '' : ` for ${fault.for / 1000} s`;
  if (fault.outage !== undefined) {
    const { outage } = fault;
    victims.tell(`nothing gets through ${outage}${lasts}`);
    return change(victims, victims.radio(outage).faults, 'outage', true, `${outage} works again`);
  }
  if (fault.loss !== undefined) {
    const { radio, rate } = fault.loss;
    victims.tell(`${radio} loses ${Math.round(rate * 100)} %${lasts}`);
    return change(victims, victims.radio(radio).faults, 'loss', rate, `${radio} is as before`);
  }
  if (fault.unplug !== undefined) return unplug(fault.unplug, fault.as, lasts, victims);
  if (fault.reset !== undefined) {
    victims.tell(`${fault.reset} starts anew`);
    victims.modem(fault.reset).reset();
    return undefined;
  }
  if (fault.modem !== undefined) return disturb(fault.modem, lasts, victims);
  if (fault.noise !== undefined) {
    const { modem, bytes } = fault.noise;
    victims.tell(`${bytes} octets of noise from ${modem}`);
    victims.modem(modem).makeNoise(bytes);
    return undefined;
  }
  if (fault.reboot !== undefined) reboot(fault.reboot, fault.for ?? REBOOT_MS, victims);
  return undefined;
}

/** Sets a switch, and gives what sets it back. */
function change<T, K extends keyof T>(
  victims: Victims,
  holder: T,
  name: K,
  value: T[K],
  afterwards: string,
): () => void {
  const before = holder[name];
  holder[name] = value;
  return () => {
    victims.tell(afterwards);
    holder[name] = before;
  };
}

function unplug(
  id: string,
  newPath: string | undefined,
  lasts: string,
  victims: Victims,
): () => void {
  victims.tell(`${id} is unplugged${lasts}`);
  const port = victims.port(id);
  if (port === undefined) victims.modem(id).powerOff();
  else port.unplug();
  return () => {
    victims.tell(`${id} is plugged in again${newPath === undefined ? '' : ` as ${newPath}`}`);
    if (port === undefined) victims.modem(id).reset();
    else {
      port.replug(newPath).catch((error: unknown) => {
        victims.tell(`${id} could not be plugged in: ${(error as Error).message}`);
      });
    }
  };
}

const SWITCHES = {
  frozen: 'frozen',
  busy: 'busy',
  mute: 'noAnswers',
  'at-wrong-baud-rate': 'wrongBaudRate',
} as const;

function disturb(
  { id, is }: NonNullable<FaultPlan['modem']>,
  lasts: string,
  victims: Victims,
): () => void {
  victims.tell(`${id} is ${is.replaceAll('-', ' ')}${lasts}`);
  const { faults } = victims.modem(id);
  return change(victims, faults, SWITCHES[is], true, `${id} is in order again`);
}

function reboot(pattern: string, offMs: number, victims: Victims): void {
  for (const device of victims.devices()) {
    if (!matches(device.id, pattern)) continue;
    victims.tell(`${device.id} reboots`);
    device.reboot(offMs);
  }
}
