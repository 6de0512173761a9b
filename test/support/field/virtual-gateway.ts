/**
 * The real core, scheduler and driver of a modem on a virtual line, all under one virtual time, with a
 * broker that answers at once. What a gateway with one radio link is, but for its shell.
 */
import type { VirtualModem } from '../../../firmware-sim/modems/index.js';
import { PacedLine } from '../../../firmware-sim/ports/line.js';
import { Random } from '../../../firmware-sim/random.js';
import type { Timeline } from '../../../firmware-sim/timeline.js';
import { matchesFilter } from '../../../src/codec/index.js';
import { createCore } from '../../../src/core/core.js';
import type {
  Effect,
  GatewayCore,
  Input,
  MqttQos,
  Notice,
  UpstreamRequest,
} from '../../../src/core/types.js';
import type { ChannelEffect, ChannelInput } from '../../../src/modems/channel-events.js';
import { Channel } from '../../../src/modems/channel.js';
import type { Modem } from '../../../src/modems/modem.js';
import type { AirInterface } from '../../../src/radio/air.js';
import { coreConfig, deviceSettings } from '../core/config.js';

const LINK = 'field';

export interface FieldSettings {
  driver: Modem;
  air: AirInterface;
  dutyCycle: number | null;
  baudRate: number;
}

export class VirtualGateway {
  readonly notices: Notice[] = [];
  /** What the broker has got: topic and text. */
  readonly arrived: { topic: string; text: string }[] = [];
  /** Chunks of the line that made no sense. */
  discardedBytes = 0;
  readonly channel: Channel;
  private readonly core: GatewayCore;
  private readonly line: PacedLine;
  private readonly random = new Random(99);
  /** Client to filter to QoS. */
  private readonly subscriptions = new Map<string, Map<string, MqttQos>>();
  private readonly inputs: Input[] = [];
  private isStepping = false;
  private disarm: () => void = () => {};
  private lastToken = 0;

  constructor(
    private readonly timeline: Timeline,
    modem: VirtualModem,
    { driver, air, dutyCycle, baudRate }: FieldSettings,
  ) {
    const link = { maxMessageBytes: 200, isPaced: true, broadcast: false, allowPadding: false };
    this.core = createCore(coreConfig({ links: { [LINK]: link }, defaults: deviceSettings }));
    this.channel = new Channel({ modem: driver, air, dutyCycle });
    const options = { timeline, random: this.random.branch('line'), baudRate };
    this.line = new PacedLine(modem, options, (data) => this.tell({ kind: 'received', data }));
  }

  start(): void {
    this.input({ kind: 'upstream', event: { event: 'availability', up: true } });
    this.tell({ kind: 'opened' });
  }

  /** Somebody publishes at the broker. */
  publish(topic: string, text: string, qos: MqttQos): void {
    const payload = new TextEncoder().encode(text);
    for (const [client, filters] of this.subscriptions) {
      for (const [filter, granted] of filters) {
        if (!matchesFilter(filter, topic)) continue;
        const token = ++this.lastToken;
        const least = Math.min(qos, granted) as MqttQos;
        const message = { client, token, topic, payload, qos: least, retain: false };
        this.input({ kind: 'upstream', event: { event: 'message', ...message } });
        break;
      }
    }
  }

  dropped(): string[] {
    return this.notices.flatMap((one) => (one.notice === 'drop' ? [one.reason] : []));
  }

  private now(): number {
    return Math.floor(this.timeline.now());
  }

  /** Never re-entered: answers to effects are inputs of their own. */
  private input(input: Input): void {
    this.inputs.push(input);
    if (this.isStepping) return;
    this.isStepping = true;
    for (let next = this.inputs.shift(); next; next = this.inputs.shift()) {
      for (const effect of this.core.step(next, this.now())) this.apply(effect);
    }
    this.isStepping = false;
    this.arm();
  }

  private tell(input: ChannelInput): void {
    for (const effect of this.channel.step(input, this.now())) this.applyChannel(effect);
    this.arm();
  }

  private apply(effect: Effect): void {
    switch (effect.kind) {
      case 'send': {
        const { address, data, urgency, ref } = effect;
        const chance = this.random.fraction();
        const wanted = ref === undefined ? {} : { ref };
        this.tell({ kind: 'send', address, data, urgency, chance, ...wanted });
        return;
      }
      case 'upstream':
        this.answer(effect.request);
        return;
      case 'notice':
        this.notices.push(effect.notice);
        return;
      default:
    }
  }

  private applyChannel(effect: ChannelEffect): void {
    switch (effect.kind) {
      case 'write':
        this.line.hostWrites(effect.data);
        return;
      case 'datagram': {
        const { kind, address, data, reception } = effect;
        this.input({ kind, link: LINK, address, data, ...reception });
        return;
      }
      case 'transmitted': {
        const { ref, answerMs, failed } = effect;
        const event = { event: 'transmitted', ref, answerMs, failed } as const;
        this.input({ kind: 'link', link: LINK, event });
        return;
      }
      case 'dropped': {
        const { kind, ...what } = effect;
        this.input({ kind: 'link', link: LINK, event: { event: kind, ...what } });
        return;
      }
      case 'congestion': {
        const event = { event: 'congestion', isCongested: effect.isCongested } as const;
        this.input({ kind: 'link', link: LINK, event });
        return;
      }
      case 'journal': {
        const { number } = effect;
        if (number === undefined) return;
        this.timeline.at(this.timeline.now() + 5, () => this.tell({ kind: 'committed', number }));
        return;
      }
      case 'discarded':
        this.discardedBytes += effect.bytes;
        return;
      case 'problem':
      case 'reopen':
        throw new Error(`the modem does not work: ${JSON.stringify(effect)}`);
      default:
    }
  }

  private answer(request: UpstreamRequest): void {
    switch (request.op) {
      case 'open': {
        const { token, client, cleanSession } = request;
        if (cleanSession) this.subscriptions.delete(client);
        this.input({ kind: 'upstream', event: { event: 'opened', token, client } });
        return;
      }
      case 'publish': {
        const { topic, payload, token, client, qos } = request;
        this.arrived.push({ topic, text: new TextDecoder().decode(payload) });
        if (qos > 0) this.input({ kind: 'upstream', event: { event: 'published', token, client } });
        return;
      }
      case 'subscribe': {
        const { token, client, filter, qos } = request;
        const filters = this.subscriptions.get(client) ?? new Map<string, MqttQos>();
        this.subscriptions.set(client, filters.set(filter, qos));
        const event = { event: 'subscribed', token, client, grantedQos: qos } as const;
        this.input({ kind: 'upstream', event });
        return;
      }
      case 'unsubscribe': {
        const { token, client, filter } = request;
        this.subscriptions.get(client)?.delete(filter);
        this.input({ kind: 'upstream', event: { event: 'unsubscribed', token, client } });
        return;
      }
      default:
    }
  }

  private arm(): void {
    this.disarm();
    const core = this.core.nextDeadline() ?? Number.POSITIVE_INFINITY;
    const channel = this.channel.nextDeadline() ?? Number.POSITIVE_INFINITY;
    const next = Math.min(core, channel);
    if (next === Number.POSITIVE_INFINITY) return;
    this.disarm = this.timeline.at(next, () => {
      if (channel <= this.now()) this.tell({ kind: 'deadline' });
      if (core <= this.now()) this.input({ kind: 'deadline' });
    });
  }
}
