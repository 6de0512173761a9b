/**
 * Every exception that a checker makes, in one place: what the protocol makes necessary, or a limit that
 * ARCHITECTURE.md names.
 */
import type { SentMessage } from '../../../firmware-sim/devices/ledger.js';
import type { StateName } from '../../../src/core/types.js';
import type { Fault } from '../story.js';
import type { Scene } from '../watcher.js';
import { type DevicePlan, isHonest, placeOnRadio, ruleOf, victimOf } from './support.js';

/** Without DTLS the client id is the identity: whoever says CONNECT in its name, or forges its address, is the device. */
export const hasImpostor = ({ story }: Scene, device: string): boolean => {
  const { devices } = story.scene;
  const plan = devices.find(({ id }) => id === device);
  return devices.some(
    (one) => victimOf(story, one.id) === device || (plan !== undefined && repeats(one, plan)),
  );
};

/** Who puts no header of its own before what it says may say again, on its radio, what another has said with header and all. */
const repeats = ({ kind, radio, header }: DevicePlan, other: DevicePlan): boolean =>
  kind === 'hostile' &&
  header === 'none' &&
  radio !== undefined &&
  placeOnRadio(other)?.link === radio &&
  (other['header'] === 'fe' || other['header'] === 'radiohead');

/** Devices of good will that nobody else speaks for: all promises hold for them, whatever others do. */
export function honestOf(scene: Scene): DevicePlan[] {
  return scene.story.scene.devices.filter((plan) => isHonest(plan) && !hasImpostor(scene, plan.id));
}

/**
 * "Whose frame it is": an impostor has said CONNECT from the device's place under a name of its own, or an invented one. Whoever
 * says PINGREQ there is that one until the device connects again itself, which it has no reason to do.
 */
export function placeIsTaken(
  scene: Scene,
  plan: DevicePlan,
  holdersOf: (link: string, address: string) => readonly string[],
): boolean {
  const honest = new Set(scene.story.scene.devices.filter(isHonest).map(({ id }) => id));
  const [onNetwork, onRadio] = [scene.addressOf(plan.id), placeOnRadio(plan)];
  const holders = [
    ...(onNetwork === undefined ? [] : holdersOf('lan', onNetwork)),
    ...(onRadio === undefined ? [] : holdersOf(onRadio.link, onRadio.address)),
  ];
  return hasImpostor(scene, plan.id) && holders.some((holder) => !honest.has(holder));
}

/** Whether the broker sees this device with a connection of its own. */
export const isTransparent = (scene: Scene, device: string): boolean =>
  (ruleOf(scene, device)?.mode ?? (scene.story.config['mqtt'] as { mode?: string }).mode) ===
  'transparent';

/**
 * "When the disk fails": the gateway goes on in memory, and says so; the end of its process then loses that. Whether it has lost
 * what it learned at this moment.
 */
export const diskHasForgotten = (scene: Scene, at: number): boolean =>
  scene.lostMemory.some(({ from, to }) => from <= at && at <= to);

/** So long may a word be on its way whose speaker is dead: on a network 3 s, on a radio behind others. */
const UNDER_WAY_MS = 10_000;

/** Whether it may be a word of a process that is gone, with what it meant. */
export const speakerHasForgotten = (scene: Scene, heardAt: number): boolean =>
  scene.lostMemory.some(({ from, to }) => from <= heardAt && heardAt <= to + UNDER_WAY_MS);

/** What is acknowledged from the outbox is under way until the broker has it. */
export const untilItArrives = (
  { at, acknowledgedAt }: SentMessage,
  arrivedAt: number | undefined,
): Exchange =>
  acknowledgedAt === undefined
    ? { at }
    : { at, acknowledgedAt: Math.max(acknowledgedAt, arrivedAt ?? 0) };

/** What was settled just before the disk failed may be open on it still: the batch with its end was on its way. */
export const diskForgotDuring = (scene: Scene, exchange: Exchange): boolean =>
  scene.lostMemory.some(({ from, to }) =>
    overlaps(exchange, { from: from - slowestWriteMs(scene), to }),
  );

/** What had come before such an end and comes to its device after it: what followed it has been there, and the disk did not know. */
export const diskBringsBack = (scene: Scene, cameAt: number, at: number): boolean =>
  scene.lostMemory.some(({ to }) => cameAt <= to && to <= at);

/** Whether it may not know any more when it has heard, and answered, who spoke last at this moment. */
export const diskHasForgottenSince = (scene: Scene, at: number): boolean =>
  scene.lostMemory.some(({ to }) => at <= to);

/** What is deleted stays on a disk that takes its time, or that takes nothing, until it works again. */
export const diskLags = (scene: Scene): boolean =>
  scene.faults.some(
    ({ fault, to }) => DISK_FAULTS.has(fault.kind) && scene.now() < to + DISK_CATCHES_UP_MS,
  );

const DISK_FAULTS: ReadonlySet<Fault['kind']> = new Set([
  'disk-error',
  'disk-refuses',
  'disk-slow',
]);

/** A write may take 40 s; then comes what has waited for it. */
export const DISK_CATCHES_UP_MS = 90_000;

/** Nothing gets through to the broker, or has not for longer than one and a half keep alives, of 60 s at most. */
export const isCutOff = (scene: Scene): boolean =>
  scene.faults.some(({ fault, to }) => fault.kind === 'partition' && scene.now() < to + 90_000);

/**
 * How often a QoS 2 message may arrive. A copy that the network has made of a PUBLISH without DUP, and that comes when
 * its exchange is over, is a new message to anybody: the message id may have been used again.
 */
export const mayArrive = (copiesOfNetwork: number, said = 1): number => said + copiesOfNetwork;

/** A datagram that is under way for so long may come behind the whole exchange that its repeat has ended. */
const OVERTAKEN_MS = 1000;

export const networkOvertakes = ({ story }: Scene): boolean => story.lan.delayMs[1] > OVERTAKEN_MS;

/**
 * "Who acknowledges what": what is over is remembered, but not over a restart or a CONNECT, and a copy of what was repeated comes
 * after it as a message of its own. `ends`: of such memories; `copies`: when the gateway has heard one.
 */
export const copyOutlivesMemory = (
  scene: Scene,
  device: string,
  overAt: number | undefined,
  ends: readonly number[],
  copies: readonly number[],
): boolean => {
  if (overAt === undefined) return false;
  const echoesMs = scene.faults.flatMap(({ fault, from, to }) => {
    const lasts = fault.kind === 'echo' ? fault.afterMs : lingersMs(fault, device);
    return from <= overAt && overAt <= to + lasts ? [lasts] : [];
  });
  const lateMs = Math.max(networkOvertakes(scene) ? scene.story.lan.delayMs[1] : 0, ...echoesMs);
  const isLate = (end: number): boolean => copies.some((at) => end <= at && at <= end + lateMs);
  return ends.some((end) => overAt <= end && end <= overAt + lateMs && isLate(end));
};

/** For so long a device is heard twice that goes from one link to another. */
const lingersMs = (fault: Fault, device: string): number =>
  fault.kind === 'roam' && fault.device === device ? fault.lingersMs : 0;

/** With MQTT 3.1.1 filters that overlap have connections of their own, where the broker sees them together. */
export const hasLanes = ({ story }: Scene): boolean => {
  const { version = 5 } = story.config['mqtt'] as { version?: unknown };
  return version !== 5 || story.broker.version !== 5;
};

/** "MQTT 3.1.1": after an outage what waits for one of its connections may overtake what waits for another. */
export const comesByTwoWays = (scene: Scene, plan: DevicePlan): boolean =>
  hasLanes(scene) &&
  !isTransparent(scene, plan.id) &&
  Array.isArray(plan['subscribe']) &&
  plan['subscribe'].length > 1 &&
  scene.faults.some(({ fault }) => fault.kind === 'partition' || fault.kind === 'broker-down');

/** A device that has rebooted does not know what it had heard before. */
export const hasRebooted = (scene: Scene, device: string): boolean =>
  (scene.devices.get(device)?.ledger.reboots ?? 0) > 0;

/** Its power fails as long as it is on: it may be without a connection at any moment. */
export const rebootsByItself = ({ reboots }: DevicePlan): boolean => reboots !== undefined;

/** A device that was thrown out forgets the QoS 2 exchanges of its session, as firmware does. */
export const wasThrownOut = (scene: Scene, device: string): boolean =>
  (scene.devices.get(device)?.ledger.thrownOut ?? 0) > 0;

/** The time of a message, from its first transmission to the answer. */
type Exchange = Pick<SentMessage, 'at' | 'acknowledgedAt'>;

const overlaps = (
  { at, acknowledgedAt = Number.POSITIVE_INFINITY }: Exchange,
  { from, to }: { from: number; to: number },
): boolean => at <= to && acknowledgedAt >= from;

/** "Refused for want of room": what the broker has no room for comes again later, behind what was on its way already. */
export const mayComeLater = (scene: Scene, exchange: Exchange): boolean =>
  scene.faults.some(
    (one) =>
      one.fault.kind === 'broker-refuses' &&
      one.fault.what === 'publish' &&
      one.fault.why === 'quota' &&
      overlaps(exchange, one),
  );

/** A broker that has lost its memory while a message was under way takes its repeat for news. */
export const brokerForgotDuring = (scene: Scene, exchange: Exchange): boolean =>
  scene.faults.some(
    (one) => one.fault.kind === 'broker-down' && one.fault.forgets && overlaps(exchange, one),
  );

/** The will of who was lost then may meet a broker that does not allow it. */
export const willMayBeDenied = ({ faults }: Scene, lostAt: number): boolean =>
  faults.some(
    ({ fault, to }) =>
      fault.kind === 'broker-refuses' &&
      fault.what === 'publish' &&
      fault.why === 'unauthorized' &&
      to >= lostAt,
  );

/**
 * Of who is lost then. At QoS 0 as any message, when the broker is out of reach; and a broker that crashes forgets the wills it
 * holds, and those whose exchange it had not brought to its end.
 */
export const willMayBeLost = (scene: Scene, device: string, qos: number, lostAt: number): boolean =>
  scene.faults.some(({ fault, from, to }) => {
    const isReal = fault.kind === 'broker-down' && (isTransparent(scene, device) || fault.forgets);
    if (!isReal && !(qos === 0 && OUT_OF_REACH.has(fault.kind))) return false;
    return from <= lostAt + WILL_WAITS_MS && lostAt <= to + COMES_BACK_MS;
  });

/**
 * "Will of a transparent device": the broker went with it, and the gateway had no time to write that down, or did not run. `since`:
 * when the device had connected.
 */
export const willGoesWithBoth = (
  scene: Scene,
  device: string,
  since: number,
  ends: readonly number[],
): boolean =>
  isTransparent(scene, device) &&
  scene.faults.some(
    ({ fault, from }) =>
      fault.kind === 'broker-down' &&
      since <= from &&
      ends.some((end) => end - diskTakesLazilyMs(scene) <= from && from <= end + AWAY_MAX_MS),
  );

/** So long the gateway is away at most. */
const AWAY_MAX_MS = 61_000;

const OUT_OF_REACH: ReadonlySet<Fault['kind']> = new Set([
  'broker-down',
  'partition',
  'broker-refuses',
]);

/** A will waits for a broker that is away for five minutes, and then for one that nothing gets through to. */
const WILL_WAITS_MS = 10 * 60_000;

/** The gateway comes back to a broker within half a minute, and what is on its way then within another. */
const COMES_BACK_MS = 60_000;

/** In which the connections of devices begin. */
const BEGINNING_MS = 5000;

/**
 * "Will of a kept session": who is lost while nothing gets through, or while its connection is only just beginning, may be back
 * before the broker has waited long enough.
 */
export const willMayBeCancelled = (scene: Scene, device: string, servesSince: number): boolean =>
  isTransparent(scene, device) && (isCutOff(scene) || scene.now() < servesSince + BEGINNING_MS);

/**
 * "Who acknowledges what": at QoS 1 once more when the process or the connection ended between the broker's PUBACK and the next
 * batch; and a broker that has lost its memory takes any repeat for news. `ends`: of the process.
 */
export const willMayRepeat = (
  scene: Scene,
  qos: number,
  { lostAt, at }: { lostAt: number; at: number },
  ends: readonly number[],
): boolean => {
  if (qos === 1 && ends.some((end) => lostAt <= end && end <= at)) return true;
  return scene.faults.some(({ fault, from, to }) => {
    const forgets = fault.kind === 'broker-down' && fault.forgets;
    const cuts = fault.kind === 'partition' || fault.kind === 'broker-down';
    return (forgets || (qos === 1 && cuts)) && from <= at && lostAt <= to;
  });
};

/**
 * Transparent: the broker holds the will, and fires it when a connection is away for longer than its delay: after an end of the
 * process or of the time that an outage may last (`ends`), or when nothing gets through.
 */
export const brokerFiresWills = (
  scene: Scene,
  device: string,
  at: number,
  ends: readonly number[],
): boolean =>
  isTransparent(scene, device) &&
  (ends.some((end) => end <= at && at <= end + WILL_DELAY_MS) ||
    scene.faults.some(
      ({ fault, from, to }) =>
        fault.kind === 'partition' && from <= at && at <= to + UNHEARD_MS + WILL_DELAY_MS,
    ));

/** 30 s, and what packets take. */
const WILL_DELAY_MS = 31_000;

/** One and a half keep alives. */
const UNHEARD_MS = 90_000;

/**
 * "Will of a kept session": who is lost while the broker, and at QoS 2 the disk for PUBLISH and for PUBREL, take longer than
 * 15 s together has its will from both.
 */
export const willComesLate = (
  scene: Scene,
  device: string,
  qos: number,
  lostAt: number,
): boolean => {
  const { answerMs } = scene.story.broker;
  const onDiskMs = qos === 2 ? 2 * diskTakesMs(scene, lostAt, lostAt + WILL_TIMEOUT_MS) : 0;
  return isTransparent(scene, device) && onDiskMs + answerMs > WILL_TIMEOUT_MS;
};

const WILL_TIMEOUT_MS = 15_000;

/** After a reboot only the wall clock tells how long the machine was off, and somebody has set it meanwhile or before. */
export const clockIsWrong = (scene: Scene): boolean => wrongClocks(scene).length > 0;

/** Set forward: what was sent before the reboot seems to be older than an hour. */
export const clockIsAhead = (scene: Scene): boolean => wrongClocks(scene).some((byMs) => byMs > 0);

/** By how much clocks were set before a reboot that is over. */
const wrongClocks = (scene: Scene): number[] => {
  const comesUpMs = KILL_WAITS_MS + slowestWriteMs(scene);
  return scene.faults.flatMap(({ fault, from }) => {
    if (fault.kind !== 'wall-clock') return [];
    const isBefore = (one: (typeof scene.faults)[number]): boolean =>
      one.fault.kind === 'kill' && one.fault.reboots && from <= one.to + comesUpMs;
    return scene.faults.some(isBefore) ? [fault.byMs] : [];
  });
};

/** A kill may wait so long for the gateway to say something. Then comes a start, which looks at the clock when it has its disk. */
const KILL_WAITS_MS = 10_000;

/**
 * What a device has not fetched yet waits on the disk: with `sleep.per_wake` a long queue needs more wake-ups than a story
 * has, the air of a radio is slow and rationed, a device that reboots all the time has no wake-ups, and one that only ever
 * connects, publishes and sleeps again leaves no time for an answer to REGISTER.
 */
export const mayStillWait = (scene: Scene, plan: DevicePlan): boolean =>
  takesFew(scene) ||
  placeOnRadio(plan) !== undefined ||
  hasRebooted(scene, plan.id) ||
  (plan.kind === 'sensor' && (plan['measure_every'] ?? 1) === 1);

const takesFew = ({ story }: Scene): boolean =>
  (story.config['defaults'] as { sleep?: { per_wake?: number } } | undefined)?.sleep?.per_wake ===
  2;

/**
 * "Known limits": what a transparent device and the broker have begun at QoS 2 waits for the device's next connection. It has
 * none, for the gateway, when everything else has come to rest.
 */
export function waitsForConnection(
  scene: Scene,
  client: string,
  state: StateName | undefined,
): boolean {
  if (!isTransparent(scene, client)) return false;
  const plan = scene.story.scene.devices.find(({ id }) => id === client);
  const mayBeOff = plan !== undefined && rebootsByItself(plan);
  const isForgotten = state === undefined && scene.lostMemory.length > 0;
  return state === 'LOST' || state === 'DISCONNECTED' || isForgotten || mayBeOff;
}

/** A batch waits for the one before it, and both for a disk that may be slow at the moment. */
export function diskTakesMs(scene: Scene, since = scene.now(), until = scene.now()): number {
  const latencies = scene.faults.map(({ fault, from, to }) =>
    fault.kind === 'disk-slow' && from <= until && since < to + fault.latencyMs
      ? fault.latencyMs
      : 0,
  );
  return 2 * Math.max(scene.story.diskMs, ...latencies) + GATHERS_MS;
}

/** What is written within it comes into one batch. */
const GATHERS_MS = 100;

/** What nobody waits for is written so much later, at the latest. */
const LAZILY_MS = 1000;

/** Of the whole story: until what nobody waited for was on disk, when that was at its slowest. */
function slowestWriteMs({ story, faults }: Scene): number {
  const latencies = faults.map(({ fault }) => (fault.kind === 'disk-slow' ? fault.latencyMs : 0));
  return LAZILY_MS + 2 * Math.max(story.diskMs, ...latencies) + GATHERS_MS;
}

/** Until what nobody waits for is on disk. */
export const diskTakesLazilyMs = (scene: Scene): number => LAZILY_MS + diskTakesMs(scene);

/**
 * Until the disk knows that a device is lost. Where the broker sees it, somebody waits for that at QoS 2 only, for the will;
 * else the will is on disk, too, before it goes out.
 */
export const diskTakesLossMs = (scene: Scene, device: string, qos: number): number =>
  isTransparent(scene, device) && qos < 2 ? diskTakesLazilyMs(scene) : diskTakesMs(scene);
