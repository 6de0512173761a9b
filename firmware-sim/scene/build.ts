/** Makes the parts of a scene: radios, modems, devices. */
import { Actuator } from '../devices/actuator.js';
import { Beacon } from '../devices/beacon.js';
import { CarelessDevice } from '../devices/careless.js';
import type { Device, DeviceSetup } from '../devices/firmware.js';
import { HostileDevice } from '../devices/hostile/device.js';
import { feHeader, HEX_TEXT, NO_HEADER, radioHeadHeader } from '../devices/link-header.js';
import { RadioPort, type RadioPortOptions } from '../devices/radio-port.js';
import { ReliablePort } from '../devices/reliable-port.js';
import { createVirtualModem, type VirtualModem } from '../modems/index.js';
import type { Port } from '../devices/port.js';
import { SleepingSensor } from '../devices/sensor.js';
import type { AirTimeModel } from '../radio/air-time.js';
import { LossMatrix, PathLoss, type Position } from '../radio/propagation.js';
import { VirtualRadio } from '../radio/virtual-radio.js';
import type { Random } from '../random.js';
import type { Timeline } from '../timeline.js';
import type { DeviceNumbering } from './numbering.js';
import type { DevicePlan, ModemPlan, PositionPlan, RadioPlan } from './schema.js';
import { hexOctets } from './values.js';

/** What every part needs. */
export interface Ground {
  timeline: Timeline;
  random: Random;
}

/** A radio, and the map that it goes by if it has one. */
export interface BuiltRadio {
  radio: VirtualRadio;
  map: PathLoss | undefined;
}

export function buildRadio(
  name: string,
  plan: RadioPlan,
  { timeline, random }: Ground,
): BuiltRadio {
  const { path_loss: loss, acknowledge: ack, listen_before_talk: listen } = plan;
  const own = random.branch(`radio ${name}`);
  const map =
    loss &&
    new PathLoss({
      exponent: loss.exponent,
      lossAt1mDb: loss.at_1m,
      shadowingDb: loss.shadowing,
      random: own.branch('shadows'),
    });
  const links = plan.links.map(({ from, to, loss: lossRate, attenuation, one_way: oneWay }) => ({
    from,
    to,
    lossRate,
    oneWay,
    ...(attenuation === undefined ? {} : { lossDb: attenuation }),
  }));
  const radio = new VirtualRadio({
    timeline,
    random: own,
    airTime: airTimeOf(plan.air_time),
    propagation: map ?? new LossMatrix(links),
    txPowerDbm: plan.power,
    faults: defined(plan.faults),
    ...(ack && {
      acknowledgements: { retries: ack.retries, ackMs: ack.ack, timeoutMs: ack.timeout },
    }),
    ...(listen && {
      listenBeforeTalk: { backoffMsMax: listen.backoff, attempts: listen.attempts },
    }),
  });
  return { radio, map };
}

function airTimeOf({ lora, bit_rate: rate, fixed }: RadioPlan['air_time']): AirTimeModel {
  if (lora !== undefined) {
    return {
      kind: 'lora',
      spreadingFactor: lora.spreading_factor,
      bandwidthHz: lora.bandwidth,
      codingRate: lora.coding_rate,
      preambleSymbols: lora.preamble,
      explicitHeader: true,
      crc: true,
    };
  }
  if (rate !== undefined) {
    return { kind: 'bit-rate', bitsPerSec: rate.bits_per_second, overheadBytes: rate.overhead };
  }
  return { kind: 'fixed', ms: fixed ?? 0 };
}

export function buildModem(
  plan: ModemPlan,
  { radio, map }: BuiltRadio,
  { timeline, random }: Ground,
): VirtualModem {
  const own = random.branch(`modem ${plan.id}`);
  const modem = createVirtualModem(plan.dialect, {
    ...plan.settings,
    timeline,
    air: radio,
    random: own,
    id: plan.id,
    baudRate: plan.baudrate,
    ...(plan.address === undefined ? {} : { address: plan.address }),
  });
  map?.place(plan.id, positionOf(plan.at, own));
  radio.add(modem);
  return modem;
}

/** Where a device's frames go. */
export interface Uplink {
  radio: BuiltRadio;
  modem: VirtualModem;
  /** Of the modem, in RadioHead's header. */
  gatewayNode: number;
}

/** Anywhere in a circle, evenly. */
export function positionOf(plan: PositionPlan | undefined, random: Random): Position {
  if (plan === undefined) return { x: 0, y: 0 };
  if (!('within' in plan)) return { x: plan[0], y: plan[1] };
  const radius = plan.within * Math.sqrt(random.fraction());
  const angle = random.between(0, 2 * Math.PI);
  return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
}

/** What is the same whatever its header. */
export type RadioPortPlan = Omit<RadioPortOptions, 'header'>;

export function buildRadioPort(
  plan: DevicePlan,
  options: RadioPortPlan,
  numbering: DeviceNumbering,
  gatewayNode: number,
  random: Random,
): RadioPort {
  const node = numbering.fill(plan.node ?? '');
  switch (plan.header) {
    case 'none':
      return new RadioPort({ ...options, header: NO_HEADER });
    case 'hex':
      return new RadioPort({ ...options, header: HEX_TEXT });
    case 'fe':
      return new RadioPort({ ...options, header: feHeader(hexOctets(node)) });
    case 'radiohead':
      return plan.reliable === undefined
        ? new RadioPort({ ...options, header: radioHeadHeader(Number(node), gatewayNode) })
        : new ReliablePort({
            ...options,
            node: Number(node),
            gatewayNode,
            random: random.branch('link'),
            timeoutMs: plan.reliable.timeout,
            retries: plan.reliable.retries,
          });
    default:
      return plan.header satisfies never;
  }
}

/** `sockets`: what else a hostile device sends from. */
export function buildDevice(
  plan: DevicePlan,
  setup: DeviceSetup,
  numbering: DeviceNumbering,
  sockets: readonly Port[],
): Device {
  switch (plan.kind) {
    case 'sensor':
      return new SleepingSensor(setup, {
        sleepSec: plan.sleep / 1000,
        measureEvery: plan.measure_every,
        topic: numbering.topic(plan.topic),
        qos: plan.qos,
        retain: plan.retain,
        subscriptions: plan.subscribe.map(({ topic, qos }) => ({
          topic: numbering.topic(topic),
          qos,
        })),
        ...(plan.start_within === undefined ? {} : { startWithinSec: plan.start_within / 1000 }),
        ...(plan.congestion === undefined ? {} : { congestionSec: plan.congestion / 1000 }),
        ...defined({
          changesWillEvery: plan.changes_will_every,
          unsubscribesEvery: plan.unsubscribes_every,
        }),
        ...clientOptions(plan, numbering),
      });
    case 'actuator':
      return new Actuator(setup, {
        commands: numbering.topic(plan.commands),
        commandQos: plan.command_qos,
        state: numbering.topic(plan.state),
        stateQos: plan.state_qos,
        keepAliveSec: Math.ceil(plan.keep_alive / 1000),
        ...(plan.acts_after === undefined ? {} : { actMs: plan.acts_after }),
        ...clientOptions(plan, numbering),
      });
    case 'beacon': {
      const { topic } = plan;
      if (topic.kind === 'normal') throw new Error('QoS -1 knows no registered topics');
      return new Beacon(setup, { topic, intervalSec: plan.every / 1000 });
    }
    case 'careless':
      return new CarelessDevice(setup, {
        topic: numbering.fill(plan.topic),
        intervalSec: plan.every / 1000,
        garbage: plan.garbage,
      });
    case 'hostile':
      return new HostileDevice(setup, {
        clientIds: plan.claims.map((claim) => numbering.fill(claim)),
        topics: plan.topics.map((topic) => numbering.fill(topic)),
        nodes: plan.forwards,
        intervalSec: plan.every / 1000,
        sockets,
        ...defined({ blows: plan.blows }),
      });
    default:
      return plan satisfies never;
  }
}

function clientOptions(
  plan: Extract<DevicePlan, { kind: 'sensor' | 'actuator' }>,
  numbering: DeviceNumbering,
) {
  const { interval, count, jitter } = plan.retry;
  return {
    cleanSession: plan.clean_session,
    retry: defined({ intervalMs: interval, count, jitter }),
    ...defined({ firstMessageId: plan.first_message_id }),
    ...(plan.will && { will: { ...plan.will, topic: numbering.fill(plan.will.topic) } }),
  };
}

/** Without the keys that have no value. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
