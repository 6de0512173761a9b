/** Finds out which aggregated devices an incoming message is for; `route.ts` has the rule. */
import type { IPublishPacket } from 'mqtt';
import type { MqttQos, UpstreamEvent } from '../core/types.js';
import type { FilterIndex } from './filter-index.js';
import type { Receipt } from './receipts.js';
import { type Ask, isPrimary, type Route } from './route.js';
import type { Rounds } from './rounds.js';

export class Delivery {
  constructor(
    private readonly routes: FilterIndex<Route>,
    private readonly rounds: Rounds,
    private readonly emit: (event: UpstreamEvent) => void,
  ) {}

  /** @param lane index of the connection that the message came on */
  message(lane: number, packet: IPublishPacket, receipt: Receipt): void {
    const named = packet.properties?.subscriptionIdentifier;
    if (named !== undefined) return this.#byNumber(named, packet, receipt);
    const matching = this.routes.match(packet.topic);
    // One at most: filters on one connection do not overlap where messages bear no number.
    for (const route of matching) {
      if (route.lane !== lane && route.formerLane !== lane) continue;
      this.#deliver(route, route.rounds.at(-1)?.asks ?? [], packet, matching, receipt);
    }
  }

  #byNumber(named: number | number[], packet: IPublishPacket, receipt: Receipt): void {
    const matching = packet.retain ? [] : this.routes.match(packet.topic);
    const numbers = Array.isArray(named) ? named : [named];
    const rounds = numbers.flatMap((number) => this.rounds.find(number) ?? []);
    for (const { route } of rounds) route.isProven = true;
    for (const { route, asks } of rounds) this.#deliver(route, asks, packet, matching, receipt);
  }

  #deliver(
    route: Route,
    asks: readonly Ask[],
    packet: IPublishPacket,
    matching: readonly Route[],
    receipt: Receipt,
  ): void {
    if (packet.retain) {
      for (const { client, qos } of asks) this.#hand(client, qos, packet, receipt);
      return;
    }
    for (const [client, qos] of route.subscribers) {
      if (isPrimary(route, client, matching)) this.#hand(client, qos, packet, receipt);
    }
  }

  #hand(client: string, qosMax: MqttQos, packet: IPublishPacket, receipt: Receipt): void {
    const { topic, retain } = packet;
    const payload = packet.payload as Buffer;
    const qos = packet.qos < qosMax ? packet.qos : qosMax;
    const token = receipt.tokenFor(client);
    this.emit({ event: 'message', client, token, topic, payload, qos, retain });
  }
}
