/** What checkers have in common. */
import type { SentMessage } from '../../../firmware-sim/devices/ledger.js';
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { Notice } from '../../../src/core/types.js';
import { TEAM } from '../generate/devices.js';
import { DUTY_CYCLES, RADIO } from '../generate/radios.js';
import type { SceneText, Story } from '../story.js';
import type { Scene, Watcher } from '../watcher.js';

export type DevicePlan = SceneText['devices'][number];

/** Firmware that keeps to the protocol and keeps books that can be relied on. */
export const isHonest = ({ kind }: DevicePlan): boolean => kind === 'sensor' || kind === 'actuator';

/** The device of good will that a hostile one speaks for, if any. */
export function victimOf({ scene }: Story, hostile: string): string | undefined {
  const claims = scene.devices.find(({ id }) => id === hostile)?.['claims'];
  const isVictim = (plan: DevicePlan): boolean =>
    Array.isArray(claims) && claims.includes(plan.id) && isHonest(plan);
  return scene.devices.find(isVictim)?.id;
}

/** Where it speaks on a radio, if it has one: the link, which is called as the radio is, and its address there. */
export function placeOnRadio(plan: DevicePlan): { link: string; address: string } | undefined {
  const { radio, roams, node, address } = plan;
  const link = radio ?? (roams as { radio: string } | undefined)?.radio;
  const name = node ?? address;
  if (typeof link !== 'string' || typeof name !== 'string') return undefined;
  return { link, address: name.toLowerCase() };
}

/** As one name. A modem may write the address in hexadecimal that its scene has in decimal, and in capitals. */
export const placeOf = (link: string, address: string): string =>
  `${link} ${address.startsWith('0x') ? Number(address) : address.toLowerCase()}`;

/** Its share of what comes for all of them, if it is of the team. */
const shareOf = (plan: DevicePlan): { qos?: number } | undefined =>
  filtersOf(plan).find(({ topic }) => topic === TEAM);

/** Whether commands to others may be for it. */
export const isOfTeam = (plan: DevicePlan): boolean => shareOf(plan) !== undefined;

/** Whether its share is dropped while it is away: QoS 0 waits for nobody. */
export const losesItsShare = (plan: DevicePlan): boolean => {
  const share = shareOf(plan);
  return share !== undefined && (share.qos ?? 0) === 0;
};

/** CleanSession=0: the gateway owes it what came while it was away. */
export const keepsSession = ({ clean_session: clean }: DevicePlan): boolean => clean !== true;

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** From one sign of life of the device to the next, as its firmware has it. */
export const periodMs = (plan: DevicePlan): number =>
  durationMs(plan['sleep'] ?? plan['keep_alive']);

/** Each wait for an answer is this share longer, at most and by chance. */
const RETRY_JITTER = 0.5;

/** From the first transmission of a request to the end of its last one (N_retry times T_retry, 7.2). */
export function retriesMs({ retry }: DevicePlan): number {
  const { interval = '10s', count = 3 } = (retry ?? {}) as { interval?: string; count?: number };
  return (count + 1) * durationMs(interval) * (1 + RETRY_JITTER);
}

export function durationMs(value: unknown): number {
  const [, count = '0', unit = 's'] = /^(\d+)(ms|[smhd])$/.exec(String(value)) ?? [];
  return Number(count) * (UNITS_MS[unit] ?? 0);
}

const decoder = new TextDecoder();

export const textOf = (payload: Uint8Array): string => decoder.decode(payload);

/** The topic at the broker: `id 1` and `id 2` is how a device writes a predefined one down. */
export const topicOfSent = (client: string, { topic }: Pick<SentMessage, 'topic'>): string =>
  topic === 'id 1' ? `fixed/${client}` : topic === 'id 2' ? 'fixed/beacons' : topic;

/** The device whose commands go to this topic. */
export const whoseCommands = (topic: string): string | undefined => /^down\/(.+)$/.exec(topic)?.[1];

/** What a command in an MQTT packet says, and to whom. `isRepeated`: DUP. */
export function commandIn(
  packet: Uint8Array | string,
): { device: string; text: string; qos: number; isRepeated: boolean } | undefined {
  if (typeof packet === 'string') return undefined;
  // MQTT, 2.1.2 and 3.3.1
  const [flags = 0] = packet;
  if (flags >> 4 !== PUBLISH) return undefined;
  const [, text, device] = /((dev\d+) \d+)$/.exec(latin1.decode(packet)) ?? [];
  if (text === undefined || device === undefined) return undefined;
  return { device, text, qos: (flags >> 1) & 3, isRepeated: (flags & DUP) !== 0 };
}

/** The topic of an MQTT packet that is PUBLISH (3.3.2), whatever it says: other people may publish there, too. */
export function topicIn(packet: Uint8Array | string): string | undefined {
  if (typeof packet === 'string' || (packet[0] ?? 0) >> 4 !== PUBLISH) return undefined;
  // The length has a bit for that it goes on (2.2.3).
  const at = 2 + packet.subarray(1).findIndex((octet) => octet < 0x80);
  const length = ((packet[at] ?? 0) << 8) | (packet[at + 1] ?? 0);
  return latin1.decode(packet.subarray(at + 2, at + 2 + length));
}

/** Whether an MQTT 5 packet is PUBACK or PUBREC with a reason code that says no (3.4.2.1, 3.5.2.1). */
export function isRefusal(packet: Uint8Array | string): boolean {
  if (typeof packet === 'string') return false;
  const [flags = 0, length = 0, , , reasonCode = 0] = packet;
  const type = flags >> 4;
  return (type === PUBACK || type === PUBREC) && length > 2 && reasonCode >= REFUSED;
}

const latin1 = new TextDecoder('latin1');
const PUBLISH = 3;
const PUBACK = 4;
const PUBREC = 5;
const REFUSED = 0x80;
const DUP = 0x08;

/** Number of a message among those of its topic: sensors write it first, other clients last. */
export const serialOf = (text: string): number =>
  Number(/^(\d+) |(\d+)$/.exec(text)?.slice(1).find(Boolean));

/** What a device has sent and has not heard the end of, though it still remembers it. */
export function unsettled(scene: Scene, device: string): SentMessage[] {
  const { sent = [] } = scene.devices.get(device)?.ledger ?? {};
  // What it had in memory is gone with its current.
  const isOver = ({ acknowledgedAt, refusedWith, isForgotten }: SentMessage): boolean =>
    acknowledgedAt !== undefined || refusedWith !== undefined || isForgotten === true;
  // What it could not bring to an end it says again, as a message of its own.
  const over = new Set(sent.filter(isOver).map(({ payload }) => textOf(payload)));
  return sent.filter((one) => one.qos > 0 && !isOver(one) && !over.has(textOf(one.payload)));
}

/** Who speaks from where, as the gateway tells. */
export class Places {
  /** By link and address. */
  private readonly clients = new Map<string, string>();

  notice(notice: Notice): void {
    if (notice.notice === 'transition' || notice.notice === 'roamed')
      this.clients.set(`${notice.link} ${notice.address}`, notice.client);
  }

  /** '': nobody whom the gateway knows. */
  clientAt(link: string, address: string | null): string {
    return this.clients.get(`${link} ${address}`) ?? '';
  }
}

export function addTo<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}

export const HOUR_MS = 3_600_000;

/** What the law grants the modem in each hour. */
export const allowanceMs = (scene: Scene): number => (dutyCycleOf(scene) ?? 1) * HOUR_MS;

/** "The allowance of an hour": such a share counts as spent for an hour when a journal begins. */
export const BEGINNING = 0.5;

/** Whether there is such a law for its radio. */
export const isLimited = (scene: Scene): boolean => dutyCycleOf(scene) !== undefined;

const dutyCycleOf = (scene: Scene): number | undefined =>
  DUTY_CYCLES[fieldOf(scene)?.radio?.frequency ?? ''];

/** The link to the radio, if there is one. */
export function fieldOf({ story }: Scene): { radio?: { frequency: string } } | undefined {
  const links = story.config['links'] as
    | { name: string; radio?: { frequency: string } }[]
    | undefined;
  return links?.find(({ name }) => name === RADIO);
}

type Policy = 'drop-oldest' | 'drop-newest' | 'newest-per-topic';

interface Settings {
  retry: { interval: string; count: number };
  sleep: { messages: number; per_wake: number; gap: string; age: string; policy: Policy };
}

/** What holds when the configuration does not say. */
const DEFAULTS: Settings = {
  retry: { interval: '10s', count: 3 },
  sleep: { messages: 100, per_wake: 100, gap: '0ms', age: '7d', policy: 'drop-oldest' },
};

type PartsOf<Whole> = { [Name in keyof Whole]?: Partial<Whole[Name]> };

interface Rule extends PartsOf<Settings> {
  match: string;
  mode?: string;
}

/** The first rule of the configuration that matches the device. */
export function ruleOf({ story }: Scene, device: string): Rule | undefined {
  const rules = (story.config['devices'] ?? []) as Rule[];
  const isPlain = device.startsWith('dev');
  return rules.find(({ match }) => (match === 'dev*' && isPlain) || match === device);
}

/** What the configuration says for the device. */
export function settingsOf<Section extends keyof Settings>(
  scene: Scene,
  device: string,
  section: Section,
): Settings[Section] {
  const defaults = scene.story.config['defaults'] as PartsOf<Settings> | undefined;
  const rule = ruleOf(scene, device);
  return { ...DEFAULTS[section], ...defaults?.[section], ...rule?.[section] };
}

/** Records of messages that the device has had, or that had to go, and that the disk has still to delete. */
const DELETIONS_MAX = 3;

/** How many records the disk may have of messages to it. */
export const messageRecordsMax = (scene: Scene, device: string): number =>
  bufferMax(scene, device) + DELETIONS_MAX;

/** Kinds of records of what is under way: none is left when everything has settled. */
export const UNDER_WAY: ReadonlySet<string> = new Set(['ui', 'uo', 'up', 'uw', 'o']);

/** How many messages may wait for the device while it sleeps. */
export const bufferMax = (scene: Scene, device: string): number =>
  settingsOf(scene, device, 'sleep').messages;

/** For how long. */
export const bufferedForMs = (scene: Scene, device: string): number =>
  durationMs(settingsOf(scene, device, 'sleep').age);

/** What goes when there are more. */
export const bufferPolicy = (scene: Scene, device: string): Policy =>
  settingsOf(scene, device, 'sleep').policy;

/** What may wait for the broker, and for how long. */
export function outboxRules({ story }: Scene): { messages: number; ageMs: number } {
  const { offline } = story.config['mqtt'] as { offline?: { messages?: number; age?: string } };
  const { messages, age } = { messages: 10_000, age: '24h', ...offline };
  return { messages, ageMs: durationMs(age) };
}

/** Keys of the messages that wait for the device on the disk. */
export const waitingFor = (scene: Scene, device: string): string[] =>
  scene.records().filter((key) => key.startsWith(`d\0${device}\0`));

/** Such answers of the present process, by message id: others may still be on their way from one that is dead. */
export class AnswersOfThisLife {
  private readonly ids = new Set<number>();
  private isAlive = false;

  constructor(private readonly type: 'SUBACK' | 'UNSUBACK') {}

  life(is: Parameters<NonNullable<Watcher['life']>>[0]): void {
    this.isAlive = is === 'begins' || is === 'serves';
    if (is !== 'serves') this.ids.clear();
  }

  told(data: Uint8Array): void {
    const message = decode(data);
    if (!this.isAlive || message?.type !== this.type) return;
    if ('messageId' in message) this.ids.add(message.messageId);
  }

  has(messageId: number): boolean {
    return this.ids.has(messageId);
  }
}

/** What a sensor subscribes to; without a QoS it is 0. */
export const filtersOf = ({ subscribe }: DevicePlan): readonly { topic: string; qos?: number }[] =>
  Array.isArray(subscribe) ? (subscribe as { topic: string; qos?: number }[]) : [];
