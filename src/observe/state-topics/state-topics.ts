/**
 * What the gateway tells of itself at the broker: its health and the state of each device, retained, and answers to
 * requests. The broker may forget all of it, or be away while a device is forgotten: whenever it is there everything is
 * told anew, and what is retained of devices that are not known any more is taken back.
 *
 * Nothing of it is owed to anybody. It goes out at QoS 0, a few states at a time, and while the broker is away there is
 * nothing to remember: what counts then is what is so when it is back.
 */
import type { DeviceSummary } from '../../core/inspect/inspection.js';
import type { Instant, Notice } from '../../core/types.js';
import type { Broker, Heard } from './broker.js';
import { Departed } from './departed.js';
import type { DiscoveryPlace } from './discovery-topics.js';
import { deviceState, healthState, type Source } from './facts.js';
import { Discovery } from './home-assistant.js';
import {
  CHANGES_MAX,
  DEVICE_INTERVAL_MS,
  HEALTH_LOOK_MS,
  LEFTOVERS_WAIT_MS,
  LOOKS_PER_PUMP_MAX,
  REQUEST_LOG_CHARS_MAX,
  PUMP_INTERVAL_MS,
  REFRESH_INTERVAL_MS,
  STATES_PER_PUMP_MAX,
} from './limits.js';
import { Names } from './names.js';
import { type Operator, Requests } from './requests.js';

export interface StateTopicsOptions {
  baseTopic: string;
  /** Of the gateway. */
  version: string;
  /** Where Home Assistant is told; undefined: it is not. */
  discovery: DiscoveryPlace | undefined;
  /** For the log: long ones are cut. */
  onRequest: (what: string, answer: string) => void;
}

/** What the broker has of a device. */
interface Told {
  state: string;
  config: string | undefined;
  heardAt: Instant | undefined;
  atMs: number;
}

/** What is left of what one look may cost. */
interface Budget {
  states: number;
  looks: number;
}

type Outcome = 'told' | 'same' | 'busy';

export class StateTopics {
  private readonly names: Names;
  private readonly discovery: Discovery | undefined;
  private readonly requests: Requests;
  private readonly departed = new Departed();
  private isUp = false;
  /** Devices of which a notice has told something; empty while the broker is away. */
  private readonly changed = new Set<string>();
  /** All devices, one after the other, because it is time to look at them; they come after those. */
  private walk: Iterator<string> | undefined;
  /** Of devices that are known, and of those that are to be taken back. */
  private readonly told = new Map<string, Told>();
  private health = { key: '', atMs: 0 };
  /** What Home Assistant has of the gateway and its links, by topic. */
  private readonly configs = new Map<string, string>();
  private pumping: NodeJS.Timeout | undefined;
  /** Ends the search for them. */
  private leftovers: (() => void) | undefined;
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly startedAtMs = performance.now();

  constructor(
    private readonly options: StateTopicsOptions,
    private readonly source: Source & Operator,
    private readonly broker: Broker,
  ) {
    const { baseTopic, discovery, version } = options;
    this.names = new Names(baseTopic);
    this.requests = new Requests({
      operate: (command) => source.operate(command),
      isKnown: (client) => source.isKnown(client) || this.departed.get(client) !== undefined,
      isApproved: (client) => source.isApproved(client),
      unready: () => source.unready(),
    });
    if (discovery !== undefined) this.discovery = new Discovery(discovery, this.names, version);
  }

  start(): void {
    const { requests } = this.names;
    this.broker.listen(`${requests}#`, (message) => void this.onRequest(message));
    this.timers.add(setInterval(() => this.refresh(), REFRESH_INTERVAL_MS).unref());
    this.timers.add(setInterval(() => this.tellOfGateway(), HEALTH_LOOK_MS).unref());
  }

  /** Nothing is told any more. */
  stop(): void {
    this.onAway();
    for (const timer of this.timers) clearTimeout(timer);
  }

  notice(notice: Notice): void {
    switch (notice.notice) {
      case 'broker':
        if (notice.up) this.onBack();
        else this.onAway();
        return;
      case 'transition':
        this.onTransition(notice);
        this.change(notice.client);
        return;
      case 'forgotten':
        this.departed.delete(notice.client);
        this.change(notice.client);
        return;
      case 'roamed':
      case 'delivery-paused':
        this.change(notice.client);
        return;
      case 'drop':
        if (notice.what === 'downlink' && notice.client !== undefined) this.change(notice.client);
        return;
      default:
    }
  }

  private onBack(): void {
    this.isUp = true;
    this.told.clear();
    this.health = { key: '', atMs: 0 };
    this.configs.clear();
    this.tellOfGateway();
    this.walk = undefined;
    this.refresh();
    this.takeBackLeftovers();
  }

  private onAway(): void {
    this.isUp = false;
    this.changed.clear();
    this.walk = undefined;
    this.told.clear();
    clearTimeout(this.pumping);
    this.pumping = undefined;
    this.leftovers?.();
  }

  // Devices

  private onTransition(notice: Extract<Notice, { notice: 'transition' }>): void {
    const { client, from } = notice;
    const told = this.told.get(client);
    if (this.source.device(client) !== undefined) this.departed.delete(client);
    // Who was never let in has not been there.
    else if (from !== 'CONNECTING' || told !== undefined) {
      const oldest = this.departed.add(notice, told?.heardAt);
      if (oldest !== undefined) this.change(oldest);
    }
  }

  private device(client: string): DeviceSummary | undefined {
    return this.source.device(client) ?? this.departed.get(client);
  }

  private *clients(): Generator<string> {
    for (const { client } of this.source.devices()) yield client;
    yield* this.departed.clients();
  }

  /** A walk that is not at its end goes on: each device gets its turn. */
  private refresh(): void {
    if (!this.isUp) return;
    this.walk ??= this.clients();
    this.arm();
  }

  private change(client: string): void {
    if (!this.isUp || this.changed.size >= CHANGES_MAX) return;
    this.changed.add(client);
    this.arm();
  }

  private arm(): void {
    this.pumping ??= setTimeout(() => this.pump(), PUMP_INTERVAL_MS).unref();
  }

  private pump(): void {
    this.pumping = undefined;
    const budget = { states: STATES_PER_PUMP_MAX, looks: LOOKS_PER_PUMP_MAX };
    const now = performance.now();
    if (this.tellChanged(now, budget)) this.walkOn(now, budget);
    if (this.changed.size > 0 || this.walk !== undefined) this.arm();
  }

  /** Who was told of a moment ago keeps waiting, behind the others. false: that is enough for now. */
  private tellChanged(now: number, budget: Budget): boolean {
    for (const client of this.changed) {
      const told = this.told.get(client);
      if (told !== undefined && now - told.atMs < DEVICE_INTERVAL_MS) continue;
      const outcome = this.tell(client, told, now);
      if (outcome === 'busy') return false;
      this.changed.delete(client);
      if (isSpent(budget, outcome)) return false;
    }
    return true;
  }

  /** Who was told of a moment ago is told again by the next walk. */
  private walkOn(now: number, budget: Budget): void {
    while (this.walk !== undefined) {
      const next = this.walk.next();
      if (next.done) {
        this.walk = undefined;
        return;
      }
      const told = this.told.get(next.value);
      const isRecent = told !== undefined && now - told.atMs < DEVICE_INTERVAL_MS;
      const outcome = isRecent ? 'same' : this.tell(next.value, told, now);
      if (outcome === 'busy') {
        this.change(next.value);
        return;
      }
      if (isSpent(budget, outcome)) return;
    }
  }

  private tell(client: string, told: Told | undefined, atMs: number): Outcome {
    const device = this.device(client);
    if (device === undefined) {
      if (!this.takeBack(this.names.device(client))) return 'busy';
      if (this.discovery && !this.takeBack(this.discovery.topics.of(client))) return 'busy';
      this.told.delete(client);
      return 'told';
    }
    // A moment, and not what comes of it.
    if (device.state === 'CONNECTING') return 'same';
    const state = deviceState(device, this.source);
    const config = this.discovery?.deviceConfig(device);
    if (told?.state === state && told.config === config) return 'same';
    if (config !== undefined && config !== told?.config && this.discovery !== undefined) {
      if (!this.broker.publish(this.discovery.topics.of(client), config, true)) return 'busy';
    }
    if (!this.broker.publish(this.names.device(client), state, true)) return 'busy';
    this.told.set(client, { state, config, heardAt: device.heardAt, atMs });
    return 'told';
  }

  private takeBack(topic: string): boolean {
    return this.broker.publish(topic, '', true);
  }

  // Leftovers

  /** Devices may have been forgotten while the broker was away, or the gateway; links have another name since a restart. */
  private takeBackLeftovers(): void {
    const { names, discovery, broker } = this;
    const look =
      (clientOf: (topic: string) => string | undefined) =>
      ({ topic, payload, retain }: Heard): void => {
        if (!retain || payload.length === 0) return;
        const client = clientOf(topic);
        const isKnown = client !== undefined && this.device(client) !== undefined;
        if (!isKnown && this.isUp) this.takeBack(topic);
      };
    const ignore = [
      broker.listen(
        names.anyDevice,
        look((topic) => names.clientOf(topic)),
      ),
    ];
    if (discovery !== undefined) {
      const { topics } = discovery;
      const links = this.source.links();
      const hear = look((topic) => topics.clientOf(topic));
      ignore.push(
        broker.listen(topics.anyDevice, (message) => {
          const isOfLink = links.some(({ name }) => topics.ofLink(name) === message.topic);
          if (topics.isOfPart(message.topic) && !isOfLink) hear(message);
        }),
      );
    }
    this.leftovers?.();
    const timer = setTimeout(() => this.leftovers?.(), LEFTOVERS_WAIT_MS).unref();
    this.leftovers = () => {
      this.leftovers = undefined;
      clearTimeout(timer);
      for (const one of ignore) one();
    };
  }

  // The gateway

  private tellOfGateway(): void {
    if (!this.isUp) return;
    this.tellHealth();
    const { discovery } = this;
    if (discovery === undefined) return;
    // Before the links, which name it.
    this.tellConfig(discovery.topics.ofGateway, discovery.gatewayConfig());
    for (const link of this.source.links()) {
      this.tellConfig(discovery.topics.ofLink(link.name), discovery.linkConfig(link));
    }
  }

  /** What a busy broker did not take comes with the next look. */
  private tellConfig(topic: string, config: string): void {
    if (this.configs.get(topic) === config) return;
    if (this.broker.publish(topic, config, true)) this.configs.set(topic, config);
  }

  private tellHealth(): void {
    const { source } = this;
    const now = performance.now();
    const states = source.links().map(({ state, trouble }) => [state, trouble]);
    const key = JSON.stringify([source.unready(), states]);
    if (key === this.health.key && now - this.health.atMs < REFRESH_INTERVAL_MS) return;
    const uptimeSec = Math.floor((now - this.startedAtMs) / 1000);
    const text = healthState(source, this.departed.states(), this.options.version, uptimeSec);
    if (this.broker.publish(this.names.health, text, true)) this.health = { key, atMs: now };
  }

  private async onRequest({ topic, payload, retain }: Heard): Promise<void> {
    // A request that is retained would be done again with every restart.
    if (retain || !topic.startsWith(this.names.requests)) return;
    const what = topic.slice(this.names.requests.length);
    const answer = await this.requests.answer(what, payload);
    this.options.onRequest(forLog(what), forLog(answer));
    if (this.isUp) this.broker.publish(this.names.response(what), answer, false);
  }
}

/** Whether that was enough for one look. */
function isSpent(budget: Budget, outcome: Outcome): boolean {
  if (outcome === 'told') budget.states--;
  budget.looks--;
  return budget.states === 0 || budget.looks === 0;
}

const forLog = (text: string): string =>
  text.length > REQUEST_LOG_CHARS_MAX ? `${text.slice(0, REQUEST_LOG_CHARS_MAX)}…` : text;
