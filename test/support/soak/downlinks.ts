/** Messages from the broker to devices, at a pace: to one device at a time, and now and then to all at once. */
import type { Chance } from '../crash/chance.js';
import { payloadOf } from '../crash/ledger.js';
import type { SoakBrokerSide } from './broker-side.js';
import type { Deliveries } from './deliveries.js';
import type { Traffic } from './device.js';
import { LAN, type Member } from './population.js';
import { RADIOS } from './radio-kinds.js';
import { qosOf, TOPIC_FOR_ALL } from './topics.js';

const TICK_MS = 50;
/** For each device on the network: a message every four seconds. */
const LAN_PER_DEVICE_PER_SEC = 0.25;
const BURST_FACTOR = 4;
const TO_ALL_EVERY_MS = 20_000;

/** A link's devices, and how many messages they are due. */
interface Share {
  members: readonly Member[];
  perSec: number;
  due: number;
}

export class Downlinks {
  sentCount = 0;
  private readonly serials = new Map<string, number>();
  private readonly shares: Share[];
  private readonly hearers: readonly Member[];
  private timer: NodeJS.Timeout | undefined;
  private tickedAt = 0;
  private toAllDueMs = TO_ALL_EVERY_MS;

  constructor(
    members: readonly Member[],
    private readonly broker: SoakBrokerSide,
    private readonly deliveries: Deliveries,
    private readonly traffic: Traffic,
    private readonly chance: Chance,
  ) {
    this.hearers = members.filter(({ hearsAll }) => hearsAll);
    const on = (link: string): Member[] =>
      members.filter((member) => member.link === link && member.isSubscriber);
    const lan = on(LAN);
    this.shares = [
      { members: lan, perSec: lan.length * LAN_PER_DEVICE_PER_SEC, due: 0 },
      ...RADIOS.map(({ link, downlinksPerSec: perSec }) => ({ members: on(link), perSec, due: 0 })),
    ];
  }

  start(): void {
    this.tickedAt = performance.now();
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    const now = performance.now();
    const elapsedMs = now - this.tickedAt;
    this.tickedAt = now;
    // What the broker has no room for is not sent later: it would come as a flood.
    if (this.traffic.state === 'still' || !this.broker.isFree) return;
    const pace = this.traffic.state === 'burst' ? BURST_FACTOR : 1;
    for (const share of this.shares) {
      const isLan = share.members[0]?.link === LAN;
      share.due += (share.perSec * elapsedMs * (isLan ? pace : 1)) / 1000;
      for (; share.due >= 1; share.due -= 1) this.toOneOf(share.members);
    }
    this.toAllDueMs -= elapsedMs;
    if (this.toAllDueMs > 0) return;
    this.toAllDueMs = TO_ALL_EVERY_MS;
    this.publish(TOPIC_FOR_ALL, this.hearers);
  }

  private toOneOf(members: readonly Member[]): void {
    const member = members[this.chance.integer(0, members.length - 1)];
    if (member === undefined) return;
    const qos = this.chance.integer(0, 2);
    this.publish(`down/${member.device.id}/${qos}`, [member]);
  }

  private publish(topic: string, receivers: readonly Member[]): void {
    const serial = (this.serials.get(topic) ?? 0) + 1;
    this.serials.set(topic, serial);
    this.sentCount += 1;
    const at = performance.now();
    const messages = receivers.map(({ device, link }) =>
      this.deliveries.expect({ receiver: device.id, topic, qos: qosOf(topic), link }, serial, at),
    );
    this.broker.publish(topic, payloadOf(topic, serial), () => {
      for (const message of messages) message.ackedAt = performance.now();
    });
  }
}
