/** Devices that share connections, and a model of their broker. All filters match the one topic that there is. */
import type { IPublishPacket } from 'mqtt';
import type { MqttQos, UpstreamEvent } from '../../src/core/types.js';
import type { SubscribeAnswer } from '../../src/upstream/answers.js';
import type { Lane } from '../../src/upstream/lane.js';
import { TIMEOUT } from '../../src/upstream/reasons.js';
import { NO_RECEIPT } from '../../src/upstream/receipts.js';
import { Rounds } from '../../src/upstream/rounds.js';
import { Subscriptions } from '../../src/upstream/subscriptions.js';
import type { Time } from '../../src/upstream/time.js';
import { TestJournal } from '../support/journal.js';

export const FILTERS = ['a/b', 'a/+', '#'] as const;
export type Filter = (typeof FILTERS)[number];
export type Device = 'd' | 'e';

/** `lost`: SUBSCRIBE does not reach the broker; `unanswered`: it does, and SUBACK is lost. */
export type Answer = 'granted' | 'refused' | 'lost' | 'unanswered';

export type Step =
  | { does: 'subscribe'; device: Device; filter: Filter; qos: 1 | 2; answer: Answer }
  | { does: 'unsubscribe'; device: Device; filter: Filter }
  | { does: 'publish' | 'second-passes' }
  | { does: 'broker-hears' | 'broker-answers' | 'message-comes'; lane: number };

/** What a device has asked for. */
interface Wish {
  readonly token: number;
  readonly device: Device;
  readonly filter: Filter;
  is: 'open' | 'granted' | 'over';
  /** Since which message the broker has it. */
  since: number;
}

interface Line {
  isUp: boolean;
  /** By filter; the number of the latest SUBSCRIBE. */
  readonly subscriptions: Map<string, { number: number; qos: MqttQos }>;
  readonly toBroker: (() => void)[];
  readonly answers: (() => void)[];
  readonly messages: { text: string; qos: MqttQos; numbers: number[] }[];
}

const write = (): void => undefined;
const quiet = { debug: write, info: write, warn: write, error: write };

export class SubscribersWorld {
  private readonly lines: Line[] = [];
  private readonly wishes: Wish[] = [];
  private readonly got = new Map<Device, string[]>();
  private readonly timers: { at: number; run: () => void }[] = [];
  private readonly subscriptions: Subscriptions;
  private nowMs = 0;
  private published = 0;
  private answer: Answer = 'granted';

  /** @param copies `none`: without numbers, so each filter has its own connection */
  constructor(private readonly how: { copies: 'each' | 'all' | 'none' }) {
    const time: Time = {
      nowMs: () => this.nowMs,
      random: () => 0.5,
      after: (delayMs, run) => {
        const timer = { at: this.nowMs + delayMs, run };
        this.timers.push(timer);
        return { cancel: () => void (timer.run = write) };
      },
    };
    const opened: number[] = [];
    const open = (index: number): Lane => {
      opened.push(index);
      return this.line(index);
    };
    const rounds = new Rounds(new TestJournal('at-once'), 1000);
    this.subscriptions = new Subscriptions(open, (event) => this.hears(event), quiet, time, rounds);
    this.subscriptions.addLane(open(0));
    this.up = () => {
      for (const index of opened.splice(0)) {
        const line = this.lines[index];
        if (line !== undefined) line.isUp = true;
        this.subscriptions.up(index, 'new');
      }
    };
    this.up();
  }

  /** Opens the connections that are wanted. */
  private readonly up: () => void;

  run(steps: readonly Step[]): this {
    for (const step of steps) this.does(step);
    // All that is under way comes to its end, messages before answers.
    for (let round = 0; round < 2 * FILTERS.length + steps.length; round++) {
      for (const [lane, { toBroker, messages, answers }] of this.lines.entries()) {
        while (toBroker.length > 0) this.does({ does: 'broker-hears', lane });
        while (messages.length > 0) this.does({ does: 'message-comes', lane });
        while (answers.length > 0) this.does({ does: 'broker-answers', lane });
      }
      this.does({ does: 'second-passes' });
    }
    return this;
  }

  /** What a device never got, though the broker knew all along that it wanted it. */
  lost(): string[] {
    return this.wishes
      .filter(({ is }) => is === 'granted')
      .flatMap(({ device, since }) =>
        Array.from({ length: this.published - since }, (_, at) => ({ device, at: since + at })),
      )
      .filter(({ device, at }) => !this.got.get(device)?.includes(`${at}`))
      .map(({ device, at }) => `${device} ${at}`);
  }

  repeated(): string[] {
    return [...this.got].flatMap(([device, texts]) =>
      texts.flatMap((text, at) => (texts.indexOf(text) < at ? [`${device} ${text}`] : [])),
    );
  }

  private does(step: Step): void {
    switch (step.does) {
      case 'subscribe':
        return this.subscribe(step);
      case 'unsubscribe':
        return this.unsubscribe(step);
      case 'publish':
        return this.publish();
      case 'broker-hears':
        return this.lines[step.lane]?.toBroker.shift()?.();
      case 'broker-answers':
        this.lines[step.lane]?.answers.shift()?.();
        return this.up();
      case 'message-comes':
        return this.deliver(step.lane);
      case 'second-passes':
        this.nowMs += 1100;
        for (const { run } of this.timers.splice(0)) run();
    }
  }

  private subscribe({ device, filter, qos, answer }: Extract<Step, { does: 'subscribe' }>): void {
    const isKnown = this.wishes.some(
      (one) => one.device === device && one.filter === filter && one.is !== 'over',
    );
    if (isKnown) return;
    const token = this.wishes.length + 1;
    this.wishes.push({ token, device, filter, is: 'open', since: Number.POSITIVE_INFINITY });
    this.answer = answer;
    this.subscriptions.subscribe({ op: 'subscribe', token, client: device, filter, qos });
    this.up();
  }

  private unsubscribe({ device, filter }: Extract<Step, { does: 'unsubscribe' }>): void {
    for (const one of this.wishes)
      if (one.device === device && one.filter === filter) one.is = 'over';
    this.subscriptions.unsubscribe({ op: 'unsubscribe', token: 0, client: device, filter });
  }

  private publish(): void {
    const text = `${this.published++}`;
    for (const { subscriptions, messages } of this.lines) {
      const all = [...subscriptions.values()];
      if (this.how.copies === 'all' && all.length > 0) {
        const qos = Math.max(...all.map((one) => one.qos)) as MqttQos;
        messages.push({ text, qos, numbers: all.map(({ number }) => number) });
      } else {
        for (const { qos, number } of all) messages.push({ text, qos, numbers: [number] });
      }
    }
  }

  private deliver(lane: number): void {
    const message = this.lines[lane]?.messages.shift();
    if (message === undefined) return;
    const { text, qos, numbers } = message;
    const packet = { cmd: 'publish', topic: 'a/b', qos, retain: false, dup: false } as const;
    const properties = this.how.copies === 'none' ? {} : { subscriptionIdentifier: numbers };
    const publish: IPublishPacket = { ...packet, payload: Buffer.from(text), properties };
    this.subscriptions.message(lane, publish, NO_RECEIPT);
  }

  private hears(event: UpstreamEvent): void {
    if (event.event === 'message') {
      const device = event.client as Device;
      const texts = this.got.get(device) ?? [];
      this.got.set(device, [...texts, Buffer.from(event.payload).toString()]);
    }
    if (event.event !== 'subscribed') return;
    const wish = this.wishes.find(({ token }) => token === event.token);
    if (wish?.is === 'open') wish.is = event.failure === undefined ? 'granted' : 'over';
  }

  private line(index: number): Lane {
    const sets = { subscriptions: new Map(), toBroker: [], answers: [], messages: [] };
    const line: Line = { isUp: false, ...sets };
    this.lines[index] = line;
    const { subscriptions, toBroker, answers } = line;
    const answer = (done: (answer: SubscribeAnswer) => void, what: SubscribeAnswer): void =>
      void answers.push(() => done(what));
    return {
      get isUp() {
        return line.isUp;
      },
      hasIdentifiers: this.how.copies !== 'none',
      subscribe: (filter, qos, number = 0, done) => {
        const how = this.answer;
        this.answer = 'granted';
        // Those that it is asked for with this SUBSCRIBE.
        const wishes = this.wishes.filter((one) => one.filter === filter && one.is === 'open');
        toBroker.push(() => {
          if (how === 'refused') return answer(done, { failure: 'refused', detail: 'no' });
          if (how === 'lost') return answer(done, TIMEOUT);
          subscriptions.set(filter, { number, qos });
          for (const wish of wishes) wish.since = Math.min(wish.since, this.published);
          answer(done, how === 'granted' ? { granted: qos } : TIMEOUT);
        });
      },
      unsubscribe: (filter, done) => {
        toBroker.push(() => {
          subscriptions.delete(filter);
          answers.push(() => done(true));
        });
      },
      trustSession: write,
    };
  }
}
