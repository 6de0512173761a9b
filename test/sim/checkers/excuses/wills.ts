/** Wills that may come late, twice, or never. */
import type { Fault } from '../../story.js';
import type { Scene } from '../../watcher.js';
import { isTransparent } from './devices.js';
import { diskTakesMs, diskTakesLazilyMs } from './disk.js';
import { isCutOff } from './network.js';

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
      ends.some(
        (end) => end - diskTakesLazilyMs(scene, end, end) <= from && from <= end + AWAY_MAX_MS,
      ),
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
 * "Will of a kept session": who is lost while nothing gets through, while the broker refuses what the gateway publishes, or while
 * its connection is only just beginning, may be back before the broker has waited long enough.
 */
export const willMayBeCancelled = (scene: Scene, device: string, servesSince: number): boolean =>
  isTransparent(scene, device) &&
  (isCutOff(scene) || refusesMessages(scene) || scene.now() < servesSince + BEGINNING_MS);

const refusesMessages = (scene: Scene): boolean =>
  scene.faults.some(
    ({ fault, from, to }) =>
      fault.kind === 'broker-refuses' &&
      fault.what === 'publish' &&
      from <= scene.now() &&
      scene.now() <= to,
  );

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
 * As before: a will that has come earlier and had not been answered, or not for the disk, when a process ended. The device may have
 * been lost once more since. `cameAt`: of its wills.
 */
export const earlierWillMayRepeat = (
  scene: Scene,
  qos: number,
  { cameAt, at }: { cameAt: readonly number[]; at: number },
  ends: readonly number[],
): boolean =>
  qos === 1 &&
  cameAt.some((before) =>
    ends.some((end) => {
      const diskMs = diskTakesLazilyMs(scene, before, end);
      const openUntil = before + scene.story.broker.answerMs + diskMs;
      return before <= end && end <= openUntil && end <= at;
    }),
  );

/**
 * Transparent: the broker holds the will, and fires it when a connection is away for longer than its delay: after an end of the
 * process or of the time that an outage may last (`ends`), or when nothing gets through. So it does at the end of a process
 * (`inOrder`) whose disk takes too long to write down that nobody has the will.
 */
export const brokerFiresWills = (
  scene: Scene,
  device: string,
  at: number,
  { ends, inOrder }: { ends: readonly number[]; inOrder: readonly number[] },
): boolean =>
  isTransparent(scene, device) &&
  (ends.some((end) => end <= at && at <= end + WILL_DELAY_MS) ||
    inOrder.some((end) => end - leavesItMs(scene, end) <= at && at <= end) ||
    scene.faults.some(
      ({ fault, from, to }) =>
        fault.kind === 'partition' && from <= at && at <= to + UNHEARD_MS + WILL_DELAY_MS,
    ));

/** How long before its end a process leaves wills to the broker. */
const leavesItMs = (scene: Scene, end: number): number =>
  diskTakesMs(scene, end - LAST_MOMENTS_MS, end) > LAST_ANSWERS_MS ? LAST_MOMENTS_MS : 0;

/** A gateway ends in that time. */
const LAST_MOMENTS_MS = 5000;

/** So long the end of a process waits for the disk and the broker. */
const LAST_ANSWERS_MS = 1000;

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

/**
 * "Will of a kept session": at QoS 2 the disk may keep ours from the broker for longer than that. Then the broker's own is left to
 * it, and a device that is back before the broker has waited its 30 s takes it away.
 */
export const diskKeepsWill = (scene: Scene, device: string, qos: number, lostAt: number): boolean =>
  isTransparent(scene, device) &&
  qos === 2 &&
  diskTakesMs(scene, lostAt, lostAt + WILL_TIMEOUT_MS) > WILL_TIMEOUT_MS;

const WILL_TIMEOUT_MS = 15_000;
