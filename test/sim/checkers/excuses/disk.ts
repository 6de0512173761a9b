/** What a disk that fails, or takes its time, excuses ("When the disk fails"). */
import type { Scene } from '../../watcher.js';
import { isTransparent } from './devices.js';
import { type Exchange, overlaps } from './exchange.js';

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

/** What was settled just before the disk failed may be open on it still: the batch with its end was on its way. */
export const diskForgotDuring = (scene: Scene, exchange: Exchange): boolean =>
  scene.lostMemory.some(({ from, to }) =>
    overlaps(exchange, { from: from - slowestWriteMs(scene), to }),
  );

/** Whether what nobody waited for at this moment was on its way to a disk that failed then, and was lost with the process. */
export const diskHadNotHeard = (scene: Scene, at: number): boolean =>
  scene.lostMemory.some(
    ({ from, to }) => at <= to && from <= at + LAZILY_MS + diskTakesMs(scene, at, at),
  );

/** Of the end of a process: whether the disk may not know of what nobody waited for at a moment before it. */
export function goesWithEnd(scene: Scene, is: 'killed' | 'ended'): (at: number) => boolean {
  const since = is === 'killed' ? scene.now() - diskTakesLazilyMs(scene) : Number.POSITIVE_INFINITY;
  return (at) => at >= since || diskHadNotHeard(scene, at);
}

/** What had come before such an end and comes to its device after it: what followed it has been there, and the disk did not know. */
export const diskBringsBack = (scene: Scene, cameAt: number, at: number): boolean =>
  scene.lostMemory.some(({ to }) => cameAt <= to && to <= at);

/** Whether it may not know any more when it has heard, and answered, who spoke last at this moment. */
export const diskHasForgottenSince = (scene: Scene, at: number): boolean =>
  scene.lostMemory.some(({ to }) => at <= to);

/**
 * "When the disk fails": what is deleted stays on a disk that takes its time, or that takes nothing, until it works again. One that has
 * failed is tried again within 30 s: if it does not fail then, it soon has all.
 */
export const diskLags = (scene: Scene): boolean => {
  const slowUntil = scene.faults.map(({ fault, to }) => (fault.kind === 'disk-slow' ? to : 0));
  const until = Math.max(0, ...slowUntil, ...scene.diskFailures().slice(-1));
  return until > 0 && scene.now() < until + DISK_CATCHES_UP_MS;
};

/** A write may take 40 s, and the pause after one that has failed 30 s; then comes what has waited for it. */
export const DISK_CATCHES_UP_MS = 90_000;

/**
 * "When the disk fails": a frame whose turn on the air has come, and that waits for the disk to know of it, goes before all that comes for its
 * device meanwhile: so may the PINGRESP of a wake-up before.
 */
export const waitsForDiskOnAir = (scene: Scene): boolean =>
  diskTakesMs(scene, scene.now() - EXPIRES_ON_AIR_MS) > ASKS_AGAIN_MS;

/** Answers wait so long for the air. */
const EXPIRES_ON_AIR_MS = 30_000;

/** A device that hears no PINGRESP asks again after this, at the earliest. */
const ASKS_AGAIN_MS = 5000;

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
export function slowestWriteMs({ story, faults }: Scene): number {
  const latencies = faults.map(({ fault }) => (fault.kind === 'disk-slow' ? fault.latencyMs : 0));
  return LAZILY_MS + 2 * Math.max(story.diskMs, ...latencies) + GATHERS_MS;
}

/** Until what nobody waits for is on disk. */
export const diskTakesLazilyMs = (scene: Scene, since?: number, until?: number): number =>
  LAZILY_MS + diskTakesMs(scene, since, until);

/**
 * Until the will of a device that is lost is out, or the disk knows that it has to. Where the broker sees the device, somebody waits for the disk to
 * hear of the loss at QoS 2 only, for the will; else the will is on disk, too, before it goes out. At QoS 0 its record has gone before.
 */
export const diskTakesLossMs = (scene: Scene, device: string, qos: number): number => {
  const lossMs =
    isTransparent(scene, device) && qos < 2 ? diskTakesLazilyMs(scene) : diskTakesMs(scene);
  return qos === 0 ? lossMs + diskTakesMs(scene) / 2 : lossMs;
};

/**
 * "Who acknowledges what": QoS 0 that was heard then may be lost with the process: nobody waits for the disk to have it, and with the broker
 * there it leaves the outbox before it goes out.
 */
export const qos0GoesWithProcess = (scene: Scene, at: number, isBrokerThere: boolean): boolean =>
  isBrokerThere ||
  at >= scene.now() - diskTakesLazilyMs(scene) ||
  diskHasForgotten(scene, at) ||
  diskHadNotHeard(scene, at);
