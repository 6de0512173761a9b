/** What devices and the broker's side write down in a soak test, and the judges who read along. */
import { payloadOf, serialOf } from '../crash/ledger.js';
import { Deliveries, type Expected, type Way } from './deliveries.js';
import type { Bookkeeper } from './device.js';
import { FaultLog } from './faults.js';
import { Latencies } from './latencies.js';
import { qosOf } from './topics.js';
import { WillWatch } from './wills.js';

/** The receiver of what devices publish. */
const BROKER = 'the broker';

interface Place {
  link: string;
  group: string;
}

export class Books implements Bookkeeper {
  readonly faults = new FaultLog();
  readonly deliveries = new Deliveries(this.faults, (way, { sentAt }, at) =>
    this.measure(way, sentAt, at),
  );
  readonly wills = new WillWatch();
  /** Of messages that met no fault. */
  readonly latencies = new Latencies();
  /** Of all messages, since whoever looks at them cleared them. */
  readonly recent = new Latencies();
  /** Messages that devices have begun to publish. */
  uplinkCount = 0;
  private readonly places = new Map<string, Place>();
  private readonly serials = new Map<string, number>();
  /** The latest that was acknowledged on each topic with retained messages. */
  private readonly retained = new Map<string, number>();

  /** A device is to be heard of. */
  introduce(clientId: string, place: Place): void {
    this.places.set(clientId, place);
  }

  says(clientId: string, topic: string): { payload: string; message: Expected } {
    const serial = (this.serials.get(topic) ?? 0) + 1;
    this.serials.set(topic, serial);
    this.uplinkCount += 1;
    const { link } = this.placeOf(clientId);
    const way: Way = { receiver: BROKER, topic, qos: qosOf(topic), link };
    const message = this.deliveries.expect(way, serial, performance.now());
    return { payload: payloadOf(topic, serial), message };
  }

  acknowledged(topic: string, message: Expected): void {
    message.ackedAt = performance.now();
    if (isRetained(topic)) this.retained.set(topic, message.serial);
  }

  hears(receiver: string, topic: string, payload: string, dup: boolean): void {
    this.deliveries.arrives({ receiver, topic, payload, dup, at: performance.now() });
  }

  /** A message or a will as an MQTT client got it. */
  sees(topic: string, payload: string): void {
    const [kind, clientId = ''] = topic.split('/');
    if (kind === 'will') this.wills.fires(clientId, performance.now());
    else this.hears(BROKER, topic, payload, false);
  }

  /** What the broker has retained, against what devices have been told that it would. */
  staleRetained(found: ReadonlyMap<string, string>): string[] {
    return [...this.retained].flatMap(([topic, serial]) => {
      const payload = found.get(topic);
      if (payload !== undefined && serialOf(payload) >= serial) return [];
      return [`the broker retains "${payload ?? 'nothing'}" under ${topic}, not ${serial}`];
    });
  }

  private measure({ receiver, topic, link }: Way, sentAt: number, at: number): void {
    const isUp = receiver === BROKER;
    const [, clientId = ''] = topic.split('/');
    const { group } = this.placeOf(isUp ? clientId : receiver);
    const name = `${group} ${isUp ? 'up' : 'down'}`;
    this.recent.record(name, at - sentAt);
    if (!this.faults.disturbed(link, sentAt, at)) {
      this.latencies.record(name, at - sentAt);
    }
  }

  private placeOf(clientId: string): Place {
    const place = this.places.get(clientId);
    if (place === undefined) throw new Error(`nobody knows ${clientId}`);
    return place;
  }
}

const isRetained = (topic: string): boolean => topic.endsWith('/r1');
