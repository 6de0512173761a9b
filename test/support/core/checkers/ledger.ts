/**
 * Nothing acknowledged is lost, over crashes too: what the gateway has accepted from the broker comes
 * to the device, and what it has acknowledged to a device comes to the broker, or a notice says why not.
 */
import type { Context } from '../../../../src/core/context.js';
import type { Effect, GatewayCore, Input } from '../../../../src/core/types.js';
import type { VirtualDevice } from '../device.js';
import type { Observer } from '../driver.js';
import type { Arrival } from '../durable-broker.js';
import type { Facts } from '../facts.js';
import { seqOfPayload } from '../payload.js';
import { type Acknowledged, acknowledgedBy } from './acknowledged.js';

interface Downlink {
  client: string;
  text: string;
  topic: string;
  qos: number;
  isAccepted: boolean;
  /** It was for a session that ended with the process. */
  isExcused: boolean;
}

const textOf = (data: Uint8Array): string => new TextDecoder().decode(data).trimEnd();

export class LedgerChecker implements Observer {
  private readonly downlinks = new Map<number, Downlink>();
  private readonly byToken = new Map<number, Downlink>();
  /** Payloads sent under a message id, as `client/QoS/id`, the newest last. */
  private readonly sent = new Map<string, string>();
  private readonly acknowledged = new Map<string, { client: string; qos: number }>();
  /** As `what client topic`. */
  private readonly drops = new Map<string, number>();
  private readonly mistaken = new Set<string>();

  constructor(private readonly facts: Facts) {}

  onInput(input: Input): void {
    const { message, client } = this.facts.cause;
    if (message?.type === 'PUBLISH' && client !== undefined) {
      const text = textOf(message.data);
      if (!text.startsWith(`${client}#`)) this.mistaken.add(client);
      this.sent.set(`${client}/${message.qos}/${message.msgId}`, text);
    }
    if (input.kind !== 'upstream' || input.event.event !== 'message') return;
    const { event } = input;
    const seq = seqOfPayload(event.payload);
    const one = this.downlinks.get(seq) ?? {
      client: event.client,
      text: textOf(event.payload),
      topic: event.topic,
      qos: event.qos,
      isAccepted: false,
      isExcused: false,
    };
    this.downlinks.set(seq, one);
    if (event.token !== 0) this.byToken.set(event.token, one);
  }

  onEffect(effect: Effect): void {
    if (effect.kind === 'upstream' && effect.request.op === 'accept') {
      const one = this.byToken.get(effect.request.token);
      if (one) one.isAccepted = true;
    }
    if (effect.kind === 'notice' && effect.notice.notice === 'drop') {
      const { what, client = '', topic = '' } = effect.notice;
      const key = what === 'uplink' ? `uplink ${client}` : `downlink ${client} ${topic}`;
      this.drops.set(key, (this.drops.get(key) ?? 0) + 1);
    }
    const acknowledged = acknowledgedBy(effect, this.facts);
    if (acknowledged) this.onAcknowledged(acknowledged);
  }

  onCrash(): void {
    this.byToken.clear();
  }

  onRecovered(core: GatewayCore): void {
    const { sessions } = (core as unknown as { ctx: Context }).ctx;
    for (const one of this.downlinks.values()) {
      if (sessions.get(one.client)?.keeps !== 'all') one.isExcused = true;
    }
  }

  /** To be called when everything has settled. */
  audit(devices: readonly VirtualDevice[], arrivals: readonly Arrival[], isExact: boolean): void {
    // Who has moved to the address of another hears what is for that one.
    const heard = new Set(devices.flatMap(({ delivered }) => delivered.map(({ text }) => text)));
    for (const device of devices) {
      if (!device.isHonest || device.isMistaken || this.mistaken.has(device.clientId)) continue;
      this.auditDownlinks(device.clientId, heard);
      this.auditUplinks(device.clientId, arrivals, isExact);
    }
  }

  private auditDownlinks(clientId: string, heard: ReadonlySet<string>): void {
    const missing = new Map<string, string[]>();
    for (const one of this.downlinks.values()) {
      if (one.client !== clientId || one.qos === 0 || !one.isAccepted || one.isExcused) continue;
      if (!heard.has(one.text))
        missing.set(one.topic, [...(missing.get(one.topic) ?? []), one.text]);
    }
    for (const [topic, lost] of missing) {
      const drops = this.drops.get(`downlink ${clientId} ${topic}`) ?? 0;
      if (lost.length > drops)
        throw new Error(`accepted and lost, but for ${drops}: ${lost.join()}`);
    }
  }

  private auditUplinks(clientId: string, arrivals: readonly Arrival[], isExact: boolean): void {
    const own = arrivals.filter(({ client }) => client === clientId);
    const texts = new Set(own.map(({ text }) => text));
    const lost = [...this.acknowledged].filter(
      ([text, { client }]) => client === clientId && !texts.has(text),
    );
    const drops = this.drops.get(`uplink ${clientId}`) ?? 0;
    if (lost.length > drops) {
      throw new Error(
        `acknowledged and lost, but for ${drops}: ${lost.map(([text]) => text).join()}`,
      );
    }
    const once = own.filter(({ qos }) => qos === 2).map(({ text }) => text);
    const twice = once.filter((text, at) => once.indexOf(text) !== at);
    if (isExact && twice.length > 0) throw new Error(`published twice at QoS 2: ${twice.join()}`);
  }

  private onAcknowledged({ client, qos, msgId }: Acknowledged): void {
    const text = this.sent.get(`${client}/${qos}/${msgId}`);
    if (text !== undefined) this.acknowledged.set(text, { client, qos });
  }
}
