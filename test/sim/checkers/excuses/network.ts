/** What a network, and a broker, do to messages on their way. */
import type { Fault } from '../../story.js';
import type { Scene } from '../../watcher.js';
import { type DevicePlan, filtersOf } from '../support.js';
import { isTransparent } from './devices.js';
import { type Exchange, overlaps } from './exchange.js';

/** Nothing gets through to the broker, or has not for longer than one and a half keep alives, of 60 s at most. */
export const isCutOff = (scene: Scene): boolean =>
  scene.faults.some(({ fault, to }) => fault.kind === 'partition' && scene.now() < to + 90_000);

/**
 * The broker, or the disk that is asked before it, is away at this moment, or has been just before, and whoever comes back needs
 * some time. `until`: or begins to be soon after it.
 */
export const isOutOfReach = (scene: Scene, at = scene.now(), until = at): boolean =>
  scene.faults.some(
    ({ fault, from, to }) =>
      KEEPS_AWAY.has(fault.kind) && from <= until && at <= to + COMES_BACK_MS,
  ) || scene.diskFailures().some((failed) => failed <= until && at <= failed + COMES_BACK_MS);

/** "Who acknowledges what": what the broker had when it or the gateway went, and its device repeats, waits as if it were news. */
export const mayWaitOnceMore = (scene: Scene, arrivedAt: number): boolean =>
  isOutOfReach(scene, arrivedAt, arrivedAt + REPEATS_MS);

/** So long a device repeats what nobody answers. */
const REPEATS_MS = 90_000;

const KEEPS_AWAY: ReadonlySet<Fault['kind']> = new Set([
  'partition',
  'broker-down',
  'broker-refuses',
  'disk-slow',
  'kill',
  'restart',
]);

/** Attempts to connect are half a minute apart, and some of them fail. */
export const COMES_BACK_MS = 90_000;

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

const hasTwoWays = (scene: Scene, plan: DevicePlan): boolean =>
  hasLanes(scene) && !isTransparent(scene, plan.id) && filtersOf(plan).length > 1;

/** "MQTT 3.1.1": while one of these connections is away, what comes at QoS 0 on another one is passed over for a copy that does not come. */
export const mayBePassedOver = (scene: Scene, plan: DevicePlan): boolean =>
  hasTwoWays(scene, plan) && isOutOfReach(scene);

/** "MQTT 3.1.1": after an outage, or behind a slow disk, what waits for one of its connections may overtake what waits for another. */
export const comesByTwoWays = (scene: Scene, plan: DevicePlan): boolean =>
  hasTwoWays(scene, plan) && scene.faults.some(({ fault: { kind } }) => MAKES_WAIT.has(kind));

const MAKES_WAIT: ReadonlySet<Fault['kind']> = new Set(['partition', 'broker-down', 'disk-slow']);

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

/** 'When the broker closes "over" something': twice within 5 s of getting it, and so does one that dies twice then. `sentAt`: when it got it. */
export const mayBeBlamed = (scene: Scene, sentAt: readonly number[]): boolean =>
  scene.faults.filter(
    ({ fault: { kind }, from, to }) =>
      ENDS_CONNECTIONS.has(kind) &&
      sentAt.some((at) => at <= lastWord(kind, from, to) && from <= at + CLOSES_WITHIN_MS),
  ).length >= 2;

const ENDS_CONNECTIONS: ReadonlySet<Fault['kind']> = new Set(['partition', 'broker-down']);

const CLOSES_WITHIN_MS = 5000;

/** What a broker that closes meanwhile has said comes when the network is whole again. */
const lastWord = (kind: Fault['kind'], from: number, to: number): number =>
  (kind === 'partition' ? to : from) + ON_THE_WAY_MS;

/** Of packets between the gateway and the broker. */
const ON_THE_WAY_MS = 10;

/** "What goes first": what a modem had before it fell behind it sends afterwards, whatever has become of it meanwhile. */
export const modemMayHold = (scene: Scene, at: number): boolean =>
  scene.faults.some(({ fault: { kind }, from, to }) => kind === 'modem' && from <= at && at <= to);
