/**
 * Devices are told that there is a gateway (6.1): when the broker is there and their radio works, and again every so often, but not while
 * the broker is away.
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { Fault } from '../story.js';
import type { Scene, Watcher, WatcherFactory } from '../watcher.js';
import { fieldOf } from './support.js';

/** No story has another `advertise.interval` than the default. */
const INTERVAL_MS = 900_000;

/** What timers may be late by when much comes at once. */
const SLACK_MS = 10_000;

/** From a port that works to a modem that does: attempts to open it are 30 s apart. */
const READY_MS = 60_000;

export const advertise: WatcherFactory = (scene): Watcher => {
  /** As the gateway has told in its present run. */
  let brokerIsThereSince: number | undefined;
  /** Since the broker is there. */
  let latestAt: number | undefined;

  const demandRhythm = (): void => {
    if (latestAt !== undefined && scene.now() > latestAt + INTERVAL_MS + SLACK_MS)
      scene.report(`there was no ADVERTISE for ${scene.now() - latestAt} ms`);
  };
  const forget = (): void => {
    if (brokerIsThereSince !== undefined) demandRhythm();
    brokerIsThereSince = undefined;
    latestAt = undefined;
  };
  return {
    notice: (notice) => {
      if (notice.notice !== 'broker') return;
      if (!notice.up) forget();
      else brokerIsThereSince ??= scene.now();
    },
    radioOut: (_link, address, data) => {
      if (address !== null || decode(data)?.type !== 'ADVERTISE') return;
      if (brokerIsThereSince === undefined) scene.report('ADVERTISE, and the broker is away');
      demandRhythm();
      latestAt = scene.now();
    },
    life: (is) => {
      if (is === 'killed' || is === 'ended') forget();
    },
    settled: () => {
      demandRhythm();
      if (fieldOf(scene) === undefined || brokerIsThereSince === undefined) return;
      const since = Math.max(brokerIsThereSince, ...modemFailures(scene)) + READY_MS;
      if (latestAt === undefined && scene.now() > since)
        scene.report('there was no ADVERTISE, and the broker is there');
    },
  };
};

const modemFailures = ({ faults }: Scene): number[] =>
  faults.flatMap(({ fault, to }) => (STRIKES_MODEM.has(fault.kind) ? [to] : []));

const STRIKES_MODEM: ReadonlySet<Fault['kind']> = new Set(['unplug', 'modem', 'noise']);
