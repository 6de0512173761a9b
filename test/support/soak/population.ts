/** Who takes part in a soak test: devices on the network, behind forwarders, and behind two radios. */
import { UdpPort } from '../../../firmware-sim/devices/udp-port.js';
import type { Port } from '../../../firmware-sim/devices/port.js';
import { Random } from '../../../firmware-sim/random.js';
import { RealTimeline } from '../../../firmware-sim/real-timeline.js';
import type { Field } from '../radio/field.js';
import { type Bookkeeper, type Habits, SoakDevice, type Traffic } from './device.js';
import { Forwarder } from './forwarder.js';
import { type RadioPlan, RADIOS } from './radio-kinds.js';
import { filtersOf, retainedTopic } from './topics.js';

/** Link of devices on the network. */
export const LAN = 'lan';

export interface Member {
  device: SoakDevice;
  link: string;
  /** By which latencies are told apart. */
  group: string;
  isSubscriber: boolean;
  hearsAll: boolean;
  isMortal: boolean;
}

interface Kind {
  name: string;
  /** Of a hundred on the network. */
  share: number;
  habits: Pick<Habits, 'pauseMs' | 'sleeps' | 'keepAliveSec' | 'hasWill'>;
  isSubscriber: boolean;
  isMortal: boolean;
}

/** A mortal's will comes soon after its death, a keep alive and a half. */
const MORTAL_KEEP_ALIVE_SEC = 6;
const KEEP_ALIVE_SEC = 60;

const KINDS: readonly Kind[] = [
  {
    name: 'steady',
    share: 60,
    habits: { pauseMs: [700, 2300], sleeps: false, keepAliveSec: KEEP_ALIVE_SEC, hasWill: true },
    isSubscriber: true,
    isMortal: false,
  },
  {
    name: 'sleeper',
    share: 35,
    habits: { pauseMs: [2000, 9000], sleeps: true, keepAliveSec: KEEP_ALIVE_SEC, hasWill: false },
    isSubscriber: true,
    isMortal: false,
  },
  {
    name: 'mortal',
    share: 5,
    habits: {
      pauseMs: [1000, 2500],
      sleeps: false,
      keepAliveSec: MORTAL_KEEP_ALIVE_SEC,
      hasWill: true,
    },
    isSubscriber: false,
    isMortal: true,
  },
];

/** Each second device on the network has a socket of its own. */
const DEVICES_PER_FORWARDER = 50;
const THOUSAND = 1000;
const RETRY_MS = 2000;
/** CONNECTs in a second, at most. */
const CONNECTS_PER_SEC = 250;
/** Each is several frames, and they must not collide. */
const CONNECTS_PER_SEC_ON_RADIO = 2;

export interface PopulationOptions {
  /** On the network; radios have their share on top. */
  devices: number;
  seed: number;
  gatewayPort: number;
  /** Without them in transparent mode: a broker that ends publishes the wills of its connections. */
  wills: boolean;
  traffic: Traffic;
  books: Bookkeeper;
  field: (link: RadioPlan['link']) => Field;
}

export class Population {
  readonly members: Member[] = [];
  private readonly timeline = new RealTimeline();
  private readonly sockets: { close(): void }[] = [];
  private forwarder: { socket: Forwarder; count: number } | undefined;

  constructor(private readonly options: PopulationOptions) {
    for (let number = 1; number <= options.devices; number++) this.addOnNetwork(number);
    for (const plan of RADIOS) {
      const count = Math.max(Math.round((options.devices * plan.share) / THOUSAND), 2);
      for (let number = 1; number <= count; number++) this.addOnRadio(plan, number, count);
    }
  }

  /** Switches them on. */
  start(): void {
    for (const { device } of this.members) device.start();
  }

  /** Whether all who want messages will get them. */
  get isReady(): boolean {
    return this.members.every(({ device }) => device.hasSubscribed);
  }

  /** Whether all that devices have said is acknowledged. */
  get isSettled(): boolean {
    return this.members.every(({ device }) => device.isSettled);
  }

  /** How often what happened to devices, such as `thrownOut`. */
  count(what: 'thrownOut' | 'unanswered' | 'repeats' | 'malformed' | 'refusedCount'): number {
    return this.members.reduce((sum, { device }) => sum + device.ledger[what], 0);
  }

  stop(): void {
    for (const { device } of this.members) device.stop();
    for (const socket of this.sockets.splice(0)) socket.close();
    this.timeline.stop();
  }

  private addOnNetwork(number: number): void {
    const { seed, traffic, books } = this.options;
    const { name, habits, isSubscriber, isMortal } = kindOf(number);
    const id = `${name}-${number}`;
    const random = new Random(seed).branch(id);
    const setup = { id, timeline: this.timeline, port: this.port(number), random };
    const device = new SoakDevice(
      setup,
      {
        ...habits,
        hasWill: habits.hasWill && this.options.wills,
        // At QoS 2 a device that loses its memory may hear a message twice, or mistake one for a repeat.
        uplinks: isMortal ? [`up/${id}/1`] : uplinksOf(id),
        filters: isSubscriber ? filtersOf(id) : [],
        retryMs: RETRY_MS,
        startWithinMs: (this.options.devices * 1000) / CONNECTS_PER_SEC,
      },
      traffic,
      books,
    );
    const group = habits.sleeps ? 'UDP, asleep' : 'UDP';
    this.members.push({ device, link: LAN, group, isSubscriber, isMortal, hearsAll: isSubscriber });
  }

  private port(number: number): Port {
    const { options } = this;
    const gateway = { host: '127.0.0.1', port: options.gatewayPort };
    if (number % 2 === 0) {
      // While the gateway is away nobody listens on its port.
      const port = UdpPort.open(gateway, () => {});
      this.sockets.push(port);
      return port;
    }
    if (this.forwarder === undefined || this.forwarder.count === DEVICES_PER_FORWARDER) {
      this.forwarder = { socket: Forwarder.open(gateway), count: 0 };
      this.sockets.push(this.forwarder.socket);
    }
    this.forwarder.count += 1;
    return this.forwarder.socket.port(number);
  }

  private addOnRadio(plan: RadioPlan, number: number, count: number): void {
    const { wills, traffic, books, field } = this.options;
    const { link, pauseMs, retryMs, hearsAll } = plan;
    const id = `${link}-${number}`;
    const habits: Habits = {
      pauseMs,
      retryMs,
      sleeps: false,
      uplinks: uplinksOf(id),
      filters: hearsAll ? filtersOf(id) : filtersOf(id).slice(0, 1),
      keepAliveSec: KEEP_ALIVE_SEC,
      startWithinMs: (count * 1000) / CONNECTS_PER_SEC_ON_RADIO,
      hasWill: wills && hearsAll,
    };
    const device = field(link).add(id, (setup) => new SoakDevice(setup, habits, traffic, books));
    const group = plan.kind.dialect;
    this.members.push({ device, link, group, isSubscriber: true, isMortal: false, hearsAll });
  }
}

/** Neighbours differ, so that a short run has some of each kind. */
function kindOf(number: number): Kind {
  const place = (number * 37) % 100;
  let sum = 0;
  for (const kind of KINDS) {
    sum += kind.share;
    if (place < sum) return kind;
  }
  throw new Error('the shares of the kinds are no hundred');
}

/** Three of nine at QoS 0, four at QoS 1, one of them retained, two at QoS 2. */
const uplinksOf = (id: string): string[] => [
  ...[0, 0, 0, 1, 1, 1, 2, 2].map((qos) => `up/${id}/${qos}`),
  retainedTopic(id),
];
