/** Finds out which aggregated devices an incoming message is for; `route.ts` has the rule. */
import type { IPublishPacket } from 'mqtt';
import type { MqttQos, UpstreamEvent } from '../core/types.js';
import type { FilterIndex } from './filter-index.js';
import type { Receipt } from './receipts.js';
import { PassedOver } from './passed-over.js';
import {
  type Copy,
  doubtful,
  primaries,
  keeperOf,
  type Named,
  newestQos,
  type Route,
} from './route.js';
import type { Rounds } from './rounds.js';
import type { Time } from './time.js';

export class Delivery {
  readonly #passedOver: PassedOver;
  /** Who has got the present message. */
  readonly #reached = new Set<string>();

  constructor(
    private readonly routes: FilterIndex<Route>,
    private readonly rounds: Rounds,
    time: Pick<Time, 'nowMs'>,
    private readonly emit: (event: UpstreamEvent) => void,
    /** A message came that no record accounts for. */
    private readonly onStray: (lane: number, topic: string) => void,
  ) {
    this.#passedOver = new PassedOver(time);
  }

  /** The device gives the filter up: to be called while it still has it. */
  leave(client: string, route: Route): void {
    this.#passedOver.leave(client, route);
  }

  /** The device's session is over. */
  forget(client: string): void {
    this.#passedOver.forget(client);
  }

  /** @param lane index of the connection that the message came on */
  message(lane: number, packet: IPublishPacket, receipt: Receipt): void {
    this.#reached.clear();
    const numbers = numbersOf(packet.properties);
    const isClaimed =
      numbers.length === 0
        ? this.#byTopic(lane, packet, receipt)
        : this.#byNumber(numbers, packet, receipt);
    const isOwed = !packet.retain && this.#byDebt(lane, packet, receipt);
    if (!this.#byDoubt(lane, packet, receipt)) {
      if (isClaimed || isOwed) return;
      this.emit({ event: 'unclaimed', topic: packet.topic });
    }
    this.onStray(lane, packet.topic);
  }

  /** Returns whether somebody has or asks for a subscription that the message was sent for. */
  #byTopic(lane: number, packet: IPublishPacket, receipt: Receipt): boolean {
    const matching = this.routes.match(packet.topic);
    let isClaimed = false;
    // One at most: filters on one connection do not overlap where messages bear no number.
    for (const route of matching) {
      if (route.lane !== lane && route.formerLane !== lane) continue;
      const named = { route, round: undefined };
      // A retained one may answer a SUBSCRIBE whose SUBACK is still to come.
      if (!packet.retain && route.lane === lane) prove(named, packet);
      const copy = { content: packet, matching, named: [named] };
      if (this.#deliver(named, packet, copy, receipt)) isClaimed = true;
    }
    return isClaimed;
  }

  #byNumber(numbers: readonly number[], packet: IPublishPacket, receipt: Receipt): boolean {
    const matching = this.routes.match(packet.topic);
    const rounds = numbers.flatMap((number) => this.rounds.find(number) ?? []);
    const named = rounds.map((round) => ({ route: round.route, round }));
    for (const one of named) prove(one, packet);
    const copy = { content: packet, matching, named };
    let isClaimed = false;
    for (const one of named) if (this.#deliver(one, packet, copy, receipt)) isClaimed = true;
    return isClaimed;
  }

  /**
   * A run whose disk failed has asked for a filter anew, with a number that no record has: who has a filter here for which
   * nothing has come yet, and has not got the message under another number, gets what came under such a one. Retained
   * messages are for somebody else, who had just asked.
   */
  #byDoubt(lane: number, packet: IPublishPacket, receipt: Receipt): boolean {
    const { topic, retain, properties } = packet;
    const isUnknown = (number: number): boolean => this.rounds.isUnknown(number);
    if (retain || !numbersOf(properties).some(isUnknown)) return false;
    const matching = this.routes.match(topic);
    const copy = { content: packet, matching, named: [] };
    const wanted = [...primaries(doubtful(matching, lane))].filter(
      ([client]) => !this.#reached.has(client),
    );
    for (const [client, route] of wanted) this.#deliverTo(client, route, packet, copy, receipt);
    return wanted.length > 0;
  }

  /** For a filter that its device has given up, and of which another copy was passed over; returns whether there is any such. */
  #byDebt(lane: number, packet: IPublishPacket, receipt: Receipt): boolean {
    let isOne = false;
    for (const client of this.#passedOver.take(lane, packet)) {
      const own = this.routes.match(packet.topic).flatMap((route) => route.qosOf(client) ?? []);
      if (own.length === 0 || this.#reached.has(client)) continue;
      this.#hand(client, Math.max(...own) as MqttQos, packet, receipt);
      isOne = true;
    }
    return isOne;
  }

  #deliver({ route, round }: Named, packet: IPublishPacket, copy: Copy, receipt: Receipt): boolean {
    if (packet.retain) {
      const asks = (round ?? route.rounds.at(-1))?.asks ?? [];
      // Who has asked twice meanwhile gets it once, as it has asked last.
      const wishes = new Map(asks.map(({ client, qos }) => [client, qos]));
      for (const [client, qos] of wishes) this.#hand(client, qos, packet, receipt);
      return asks.length > 0 || route.subscribers.size > 0;
    }
    const members = route.membersFor(round);
    for (const client of members) this.#deliverTo(client, route, packet, copy, receipt);
    return members.length > 0;
  }

  /** If the copy for this filter of the device is the one that it gets. */
  #deliverTo(
    client: string,
    route: Route,
    packet: IPublishPacket,
    copy: Copy,
    receipt: Receipt,
  ): void {
    const newest = newestQos(client, route, copy);
    const keeper = keeperOf(client, route, copy);
    if (keeper === route) {
      this.#hand(client, route.qosOf(client) ?? 0, packet, receipt, newest);
      this.#passedOver.got(client, route, copy);
    } else if (keeper !== undefined) {
      this.#passedOver.left(client, route, keeper, copy);
    }
  }

  /** @param qosMin of a filter whose copy, if there is one, goes for this one */
  #hand(
    client: string,
    qosMax: MqttQos,
    packet: IPublishPacket,
    receipt: Receipt,
    qosMin: MqttQos = 0,
  ): void {
    const { topic, retain } = packet;
    const payload = packet.payload as Buffer;
    const qos = Math.max(Math.min(packet.qos, qosMax), qosMin) as MqttQos;
    this.#reached.add(client);
    const token = receipt.tokenFor(client);
    this.emit({ event: 'message', client, token, topic, payload, qos, retain });
  }
}

/** What is repeated the broker may have sent first for a subscription that another one has taken the place of since. */
function prove({ route, round }: Named, { dup }: IPublishPacket): void {
  if (!dup) route.prove(round);
}

function numbersOf(properties: IPublishPacket['properties']): readonly number[] {
  const named = properties?.subscriptionIdentifier ?? [];
  return Array.isArray(named) ? named : [named];
}
