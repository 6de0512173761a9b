/** A world around the core: devices, a lossy radio, a moody broker, and checkers who watch the boundary. */
import { encode, type Message } from '../../../src/codec/index.js';
import type { CoreConfig } from '../../../src/core/config.js';
import { traceHeader, traceStep } from '../../../src/core/trace.js';
import type {
  Effect,
  GatewayCore,
  Input,
  UpstreamEvent,
  UpstreamRequest,
} from '../../../src/core/types.js';
import { type Mood, VirtualBroker } from './broker.js';
import { ExchangeChecker } from './checkers/exchanges.js';
import { FrameChecker } from './checkers/frames.js';
import { SilenceChecker } from './checkers/silence.js';
import { StateChecker } from './checkers/states.js';
import { SupervisionChecker } from './checkers/supervision.js';
import { TopicIdChecker } from './checkers/topic-ids.js';
import { UplinkChecker } from './checkers/uplinks.js';
import { LAN, RADIO } from './config.js';
import { VirtualDevice } from './device.js';
import { CoreDriver, type Observer, type Place, placeKey, sentOf } from './driver.js';
import { Facts } from './facts.js';
import { payloadOf } from './payload.js';
import { VirtualStore } from './store.js';

/** More going to and fro without time passing is a loop. */
const TASKS_PER_INSTANT_MAX = 5000;

export const HONEST = ['dev0', 'dev1', 'dev2'];

export type OperatorCommand = 'disconnect' | 'forget' | 'buffer-clear';

/** What a world needs of the broker's side. */
interface BrokerSide {
  mood: Mood;
  /** Takes a request; returns the answer unless it comes later or never. */
  take(request: UpstreamRequest): UpstreamEvent | undefined | void;
}

/** The broker's side, and who watches what depends on it. */
export interface Stage {
  broker(world: World): BrokerSide;
  checkers(facts: Facts): Observer[];
}

/** @param honest clients that use a message id again only when the exchange is over */
export const plainStage = (honest: readonly string[]): Stage => ({
  broker: () => new VirtualBroker(),
  checkers: (facts) => [new UplinkChecker(facts, (client) => honest.includes(client))],
});

interface Step {
  now: number;
  input: Input;
  effects: Effect[];
}

export class World {
  readonly broker: BrokerSide;
  readonly driver: CoreDriver;
  readonly states: StateChecker;
  readonly exchanges: ExchangeChecker;
  readonly devices: VirtualDevice[];
  private readonly steps: Step[] = [];
  /** Frames lost, in percent. */
  loss = 0;
  /** Who else listens: every frame, whomever it is from or for. */
  overhear: (place: Place, data: Uint8Array) => void = () => {};
  private readonly tasks: (() => void)[] = [];
  private step: Step | undefined;
  protected seq = 0;

  constructor(
    private readonly config: CoreConfig,
    /** Seed of the radio's and the odd device's luck. */
    private luck: number,
    stage = plainStage(HONEST),
  ) {
    const facts = new Facts(config);
    this.states = new StateChecker(facts);
    this.exchanges = new ExchangeChecker(facts);
    const observers = [
      facts,
      this.states,
      this.exchanges,
      new FrameChecker(facts),
      new SilenceChecker(facts),
      new TopicIdChecker(facts),
      new SupervisionChecker(facts),
      ...stage.checkers(facts),
      this.connections(),
    ];
    this.driver = new CoreDriver(config, observers, new VirtualStore(!config.keepsSessions));
    this.broker = stage.broker(this);
    const node = (octet: number): Place => ({
      link: RADIO,
      address: 'F',
      node: Uint8Array.of(octet),
    });
    this.devices = [
      new VirtualDevice('dev0', { link: LAN, address: 'A' }),
      new VirtualDevice('dev1', { link: RADIO, address: 'B' }),
      new VirtualDevice('dev2', node(1)),
      new VirtualDevice('dev3', node(2), (ways) => this.roll(ways)),
    ];
    this.driver.begin();
    this.event({ event: 'availability', up: true });
  }

  /** The latest run so far, as a trace: written when somebody asks, for most stories never need it. */
  get trace(): string[] {
    const lines = this.steps.map(({ now, input, effects }) => traceStep(now, input, effects));
    return [traceHeader(this.config), ...lines];
  }

  device(index: number): VirtualDevice {
    return this.devices[index % this.devices.length] as VirtualDevice;
  }

  /** A device says something, and everything that follows without time passing. */
  say(device: VirtualDevice, message: Message | undefined): void {
    if (message) this.transmit(device.place, message);
    this.drain();
  }

  /** PINGREQ with any id, or none; the one who has it is meant, wherever it comes from. */
  ping(device: VirtualDevice, clientId: string | undefined): void {
    const meant = this.devices.find((one) => one.clientId === clientId) ?? device;
    if (meant !== device) for (const one of [meant, device]) one.isMistaken = true;
    this.say(device, { type: 'PINGREQ', ...(clientId === undefined ? {} : { clientId }) });
  }

  /** A frame from anywhere; it is never lost. */
  inject(place: Place, frame: Message | Uint8Array): void {
    this.driver.send(place, frame);
    this.drain();
  }

  event(event: UpstreamEvent): void {
    this.driver.event(event);
    this.drain();
  }

  message(client: string, topic: string, qos: 0 | 1 | 2, bytes: number): void {
    const payload = payloadOf(client, ++this.seq, topic, bytes);
    this.event({
      event: 'message',
      client,
      token: qos === 0 ? 0 : this.seq,
      topic,
      payload,
      qos,
      retain: false,
    });
  }

  catchUp(count: number): void {
    if (!(this.broker instanceof VirtualBroker)) return;
    for (const event of this.broker.catchUp(count)) this.event(event);
  }

  closed(client: string): void {
    this.event({ event: 'closed', client, detail: 'away too long' });
  }

  /** The operator does something to a device. */
  operate(client: string, command: OperatorCommand): void {
    this.driver.admin({ command, client });
    this.drain();
  }

  /** Moves a device; who has been there gets an address of its own. */
  move(device: VirtualDevice, place: Place): void {
    const occupant = this.devices.find(
      (one) => one !== device && placeKey(one.place) === placeKey(place),
    );
    if (occupant) occupant.place = { link: LAN, address: `elsewhere-${occupant.clientId}` };
    device.place = place;
  }

  wait(ms: number): void {
    const end = this.driver.now + ms;
    for (let due = this.driver.core.nextDeadline(); due !== undefined && due <= end; ) {
      this.driver.advance(due - this.driver.now);
      this.drain();
      due = this.driver.core.nextDeadline();
    }
    this.driver.advance(end - this.driver.now);
  }

  /** The faults stop: everybody hears everybody, and the devices come for what they are owed. */
  settle(): void {
    this.loss = 0;
    this.broker.mood = 'prompt';
    this.catchUp(Number.POSITIVE_INFINITY);
    for (const device of this.devices.filter((one) => one.isHonest)) {
      this.say(device, device.connect({ cleanSession: false, duration: 600 }));
      for (let round = 0; round < 4; round++) {
        this.wait(15_000);
        this.say(device, { type: 'PINGREQ' });
      }
    }
  }

  roll(ways: number): number {
    this.luck = (Math.imul(this.luck, 1_103_515_245) + 12_345) >>> 0;
    return (this.luck >>> 8) % ways;
  }

  private transmit(place: Place, message: Message): void {
    if (this.roll(100) < this.loss) return;
    this.overhear(place, encode(message));
    this.driver.send(place, message);
  }

  /** Something that follows a little later, without time passing. */
  later(task: () => void): void {
    this.tasks.push(task);
  }

  protected drain(): void {
    for (let count = 0; this.tasks.length > 0; count++) {
      if (count > TASKS_PER_INSTANT_MAX) throw new Error('the world does not come to rest');
      this.tasks.shift()?.();
    }
  }

  /** Carries what the core does to whom it concerns, and keeps each step for the trace. */
  private connections(): Observer {
    return {
      onCrash: () => {
        this.tasks.length = 0;
        this.steps.length = 0;
      },
      onInput: (input, now) => {
        this.step = { now, input, effects: [] };
      },
      onEffect: (effect) => {
        this.step?.effects.push(effect);
        if (effect.kind === 'send') this.carry(effect);
        else if (effect.kind === 'upstream') this.ask(effect);
      },
      afterStep: (core, now) => this.onStepDone(core, now),
    };
  }

  private carry({ link, address, data }: Extract<Effect, { kind: 'send' }>): void {
    if (address === null) return;
    this.overhear({ link, address }, data);
    if (this.roll(100) < this.loss) return;
    this.tasks.push(() => {
      for (const device of this.devices) {
        const message = heardBy(device, link, address, data);
        const answer = message && device.hear(message);
        if (answer) this.transmit(device.place, answer);
      }
    });
  }

  private ask({ request }: Extract<Effect, { kind: 'upstream' }>): void {
    const event = this.broker.take(request);
    if (event) this.tasks.push(() => this.driver.event(event));
  }

  private onStepDone(core: GatewayCore, now: number): void {
    if (this.step) this.steps.push(this.step);
    const next = core.nextDeadline();
    if (next !== undefined && next <= now)
      throw new Error(`the next deadline lies ${now - next} ms back`);
  }
}

/** The message of a datagram that goes to this device. */
function heardBy(
  device: VirtualDevice,
  link: string,
  address: string,
  data: Uint8Array,
): Message | undefined {
  const { to, message } = sentOf({ kind: 'send', link, address, data, urgency: 1 });
  if (placeKey(to) !== placeKey(device.place)) return undefined;
  return message.type === 'MALFORMED' || message.type === 'ENCAPSULATED' ? undefined : message;
}
