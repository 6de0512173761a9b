/** A soak test from its seed: traffic and blows for so long, then everything settles, and is judged. */
import { setTimeout as delay } from 'node:timers/promises';
import { Chance } from '../crash/chance.js';
import { type Blow, planBlows } from './plan.js';
import { Probe } from './probe.js';
import { Minutes, type Report, reportOf } from './report.js';
import { SoakWorld, type WorldOptions } from './world.js';

export interface SoakOptions extends WorldOptions {
  durationMs: number;
  print: (line: string) => void;
  /** Gets what is known so far, again and again: a run may end without warning. */
  save?: (report: Report) => void;
  /** Ends the run before its time. What is owed then is not judged. */
  signal?: AbortSignal;
}

const MINUTE_MS = 60_000;
/** All devices speak several times as fast for a while. */
const BURST = { everyMs: 30_000, forMs: 3000 };
/** A shorter run has its bursts, too. */
const BURSTS_MIN = 2;

export async function soak(options: SoakOptions): Promise<Report> {
  const { durationMs, seed, print, save = () => {} } = options;
  const { signal = new AbortController().signal } = options;
  const world = await SoakWorld.start(options);
  const probe = new Probe(world.gateway, world.gatewayPort);
  const timers: NodeJS.Timeout[] = [];
  try {
    const connectedAfter = -performance.now();
    await world.begin(signal);
    const { members } = world.population;
    const seconds = ((connectedAfter + performance.now()) / 1000).toFixed(1);
    print(`${members.length} devices connected and subscribed in ${seconds} s`);
    probe.start();
    const minutes = new Minutes(world, probe);
    const tell = (): void => {
      print(minutes.next());
      save(reportOf(world, probe, minutes));
    };
    timers.push(
      setInterval(tell, MINUTE_MS),
      setInterval(() => burst(world), Math.min(BURST.everyMs, durationMs / (BURSTS_MIN + 1))),
    );
    const blows = planBlows(new Chance(seed).branch('blows'), durationMs);
    await strikeAll(world, blows, durationMs, signal);
    await probe.look();
    probe.stop();
    for (const timer of timers.splice(0)) clearInterval(timer);
    if (signal.aborted) world.note(new Error('the run was ended before its time'));
    else await world.settle().catch(world.note);
    tell();
    return reportOf(world, probe, minutes);
  } finally {
    for (const timer of timers) clearInterval(timer);
    probe.stop();
    await world.dispose();
  }
}

function burst(world: SoakWorld): void {
  if (world.traffic.state !== 'flowing') return;
  world.traffic.state = 'burst';
  setTimeout(() => {
    if (world.traffic.state === 'burst') world.traffic.state = 'flowing';
  }, BURST.forMs);
}

/** Each victim in its own rhythm; one that is still down is not struck again. Resolves at the end of the run. */
async function strikeAll(
  world: SoakWorld,
  blows: readonly Blow[],
  durationMs: number,
  signal: AbortSignal,
): Promise<void> {
  const begin = performance.now();
  const until = (atMs: number) =>
    delay(Math.max(begin + atMs - performance.now(), 0), undefined, { signal }).catch(() => {});
  const strikesOn = async (victim: Blow['victim']): Promise<void> => {
    for (const blow of blows) {
      if (blow.victim !== victim) continue;
      await until(blow.atMs);
      if (signal.aborted) return;
      // A gateway that does not come up again is a breach, and the run still has its report.
      await world.strike(blow).catch(world.note);
    }
  };
  const victims = ['gateway', 'broker', 'dongle'] as const;
  await Promise.all([...victims.map(strikesOn), until(durationMs)]);
}
