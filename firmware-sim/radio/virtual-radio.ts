/**
 * One radio channel: a broadcast medium on which stations hear each other, or do not.
 *
 * What is modelled, for each receiver by itself: the signal's strength against noise; other frames at
 * the same time, of which one survives only if it is clearly stronger (capture); half duplex; receivers
 * that are off; noise, corruption and repeated frames at given rates; and, where the link layer has
 * them, listening before talking, acknowledgements and retries. Acknowledgements themselves take
 * time and get lost, but collide with nothing.
 */
import type { Air, AirFrame, Reception, Station } from '../air.js';
import type { Random } from '../random.js';
import type { Timeline } from '../timeline.js';
import { type AirTimeModel, airTimeMs, lockMs, noiseFloorDbm, snrMinDb } from './air-time.js';
import type { Propagation } from './propagation.js';
import { type LossReason, StationStatistics } from './statistics.js';

export interface RadioOptions {
  timeline: Timeline;
  random: Random;
  airTime: AirTimeModel;
  propagation: Propagation;
  /** Of every station. Default: 14. */
  txPowerDbm?: number;
  faults?: Partial<RadioFaults>;
  /** The link layer acknowledges frames to one recipient; absent: nobody does. */
  acknowledgements?: Acknowledgements;
  /** Stations wait while they hear another one; absent: they send at once. */
  listenBeforeTalk?: ListenBeforeTalk;
}

/** Rates from 0 to 1, per frame and receiver. May be changed at any time. */
export interface RadioFaults {
  loss: number;
  /** A frame comes twice. */
  duplication: number;
  /** A frame comes with wrong octets: for radios without a check sum; others lose it. */
  corruption: number;
  /** Nothing gets through. */
  outage: boolean;
}

export interface Acknowledgements {
  /** Transmissions after the first. */
  retries: number;
  /** From the end of the frame to the end of its acknowledgement. */
  ackMs: number;
  /** From the end of the frame to the next attempt, at most as much again by chance. */
  timeoutMs: number;
}

export interface ListenBeforeTalk {
  /** The longest of the pauses, which are chance. */
  backoffMsMax: number;
  /** After so many pauses a station sends all the same. */
  attempts: number;
}

/** A frame survives others at the same receiver that are weaker by this. */
const CAPTURE_DB = 6;
/** Between a frame and the same once more. */
const DUPLICATE_GAP_MS = 1;
/** The best SNR that radio chips report. */
const SNR_MAX_DB = 12;
/** Where 802.15.4 radios begin and end to tell qualities apart: 0 and 255. */
const LQI_RANGE_DBM = { worst: -100, best: -36 };
const DEFAULT_TX_POWER_DBM = 14;

interface Member {
  station: Station;
  statistics: StationStatistics;
  /** The first of them is being sent. */
  readonly queue: Job[];
  /** What it has on the air. */
  transmission: Transmission | undefined;
  /** It acknowledges what it has just received: its own frames wait so long. */
  acknowledgesUntil: number;
}

interface Job {
  frame: AirFrame;
  done: (acknowledged: boolean) => void;
  retriesLeft: number;
  pausesLeft: number;
}

interface Transmission {
  from: Member;
  frame: AirFrame;
  receptions: Map<Member, Hearing>;
}

/** One frame at one receiver. */
interface Hearing {
  rssiDbm: number;
  /** The strongest of the others meanwhile. */
  interferenceDbm: number;
  lossRate: number;
  deaf: 'asleep' | 'half-duplex' | undefined;
}

export class VirtualRadio implements Air {
  readonly faults: RadioFaults;
  private readonly members = new Map<string, Member>();
  private readonly onAir = new Set<Transmission>();
  private readonly chance: Random;
  private readonly pauses: Random;

  constructor(private readonly options: RadioOptions) {
    this.faults = { loss: 0, duplication: 0, corruption: 0, outage: false, ...options.faults };
    this.chance = options.random.branch('loss');
    this.pauses = options.random.branch('pauses');
  }

  /** From now on it hears, and may send. */
  add(station: Station): void {
    if (this.members.has(station.id)) throw new Error(`there are two stations "${station.id}"`);
    this.members.set(station.id, {
      station,
      statistics: new StationStatistics(),
      queue: [],
      transmission: undefined,
      acknowledgesUntil: Number.NEGATIVE_INFINITY,
    });
  }

  statistics(id: string): StationStatistics {
    return this.member(id).statistics;
  }

  /** Sent in its turn, when the station's earlier frames are through. */
  transmit(station: Station, frame: AirFrame, done: (acknowledged: boolean) => void): void {
    const member = this.member(station.id);
    const { acknowledgements, listenBeforeTalk } = this.options;
    member.queue.push({
      frame: { ...frame, payload: frame.payload.slice() },
      done,
      retriesLeft: acknowledgements?.retries ?? 0,
      pausesLeft: listenBeforeTalk?.attempts ?? 0,
    });
    if (member.queue.length === 1) this.begin(member);
  }

  airTimeMs(payloadBytes: number): number {
    return airTimeMs(this.options.airTime, payloadBytes);
  }

  get lockMs(): number {
    return lockMs(this.options.airTime);
  }

  isBusy(station: Station): boolean {
    const member = this.member(station.id);
    const audibleDbm = this.weakestDbm();
    return [...this.onAir].some(
      ({ receptions }) => (receptions.get(member)?.rssiDbm ?? -Infinity) >= audibleDbm,
    );
  }

  private member(id: string): Member {
    const member = this.members.get(id);
    if (member === undefined) throw new Error(`"${id}" is no station of this radio`);
    return member;
  }

  private weakestDbm(): number {
    return noiseFloorDbm(this.options.airTime) + snrMinDb(this.options.airTime);
  }

  private begin(member: Member): void {
    const [job] = member.queue;
    if (job === undefined) return;
    const { listenBeforeTalk, timeline } = this.options;
    if (timeline.now() < member.acknowledgesUntil) {
      timeline.at(member.acknowledgesUntil, () => this.begin(member));
      return;
    }
    if (listenBeforeTalk && job.pausesLeft > 0 && this.isBusy(member.station)) {
      job.pausesLeft -= 1;
      const pauseMs = this.pauses.between(0, listenBeforeTalk.backoffMsMax);
      timeline.at(timeline.now() + pauseMs, () => this.begin(member));
      return;
    }
    this.send(member, job);
  }

  private send(member: Member, job: Job): void {
    const { timeline } = this.options;
    const now = timeline.now();
    const { payload, overheadBytes = 0 } = job.frame;
    const end = now + this.airTimeMs(payload.length + overheadBytes);
    const transmission = this.spread(member, job.frame);
    member.statistics.sends(now, end);
    member.transmission = transmission;
    // What it was about to hear is lost.
    for (const { receptions } of this.onAir) {
      const hearing = receptions.get(member);
      if (hearing) hearing.deaf = 'half-duplex';
    }
    this.interfere(transmission);
    this.onAir.add(transmission);
    if (this.lockMs > 0) timeline.at(now + this.lockMs, () => lockOnto(transmission));
    timeline.at(end, () => this.end(transmission, job));
  }

  private spread(from: Member, frame: AirFrame): Transmission {
    const { propagation, txPowerDbm = DEFAULT_TX_POWER_DBM } = this.options;
    const receptions = new Map<Member, Hearing>();
    for (const member of this.members.values()) {
      const path =
        member === from ? undefined : propagation.path(from.station.id, member.station.id);
      if (path === undefined) continue;
      receptions.set(member, {
        rssiDbm: txPowerDbm - path.lossDb,
        interferenceDbm: -Infinity,
        lossRate: path.lossRate,
        deaf: deafness(member),
      });
    }
    return { from, frame, receptions };
  }

  private interfere(one: Transmission): void {
    for (const other of this.onAir) {
      for (const [member, hearing] of one.receptions) {
        const theirs = other.receptions.get(member);
        if (theirs === undefined) continue;
        hearing.interferenceDbm = Math.max(hearing.interferenceDbm, theirs.rssiDbm);
        theirs.interferenceDbm = Math.max(theirs.interferenceDbm, hearing.rssiDbm);
      }
    }
  }

  private end(transmission: Transmission, job: Job): void {
    const { from, receptions } = transmission;
    this.onAir.delete(transmission);
    from.transmission = undefined;
    const hearers: [Member, Hearing][] = [];
    for (const [member, hearing] of receptions) {
      if (!isFor(job.frame, member.station)) continue;
      const reason = this.fate(member, hearing);
      if (reason === undefined) hearers.push([member, hearing]);
      else member.statistics.lost[reason] += 1;
      if (reason === 'asleep') member.station.misses?.(job.frame);
    }
    if (job.frame.to === null || this.options.acknowledgements === undefined) {
      this.finish(from, job, true);
    } else {
      const { acknowledgements, timeline } = this.options;
      const until = timeline.now() + acknowledgements.ackMs;
      for (const [member] of hearers) member.acknowledgesUntil = until;
      this.acknowledge(from, job, hearers.length > 0, acknowledgements);
    }
    for (const [member, hearing] of hearers) this.deliver(member, job.frame, hearing);
  }

  /** Why a frame is lost at a receiver; undefined: it is not. */
  private fate(member: Member, hearing: Hearing): LossReason | undefined {
    const deaf = hearing.deaf ?? deafness(member);
    if (this.faults.outage) return 'outage';
    if (deaf !== undefined) return deaf;
    if (hearing.rssiDbm < this.weakestDbm()) return 'too-weak';
    if (hearing.rssiDbm - hearing.interferenceDbm < CAPTURE_DB) return 'collision';
    return this.isLost(hearing.lossRate) ? 'loss' : undefined;
  }

  private isLost(lossRate: number): boolean {
    return this.chance.chance(1 - (1 - lossRate) * (1 - this.faults.loss));
  }

  private deliver(member: Member, frame: AirFrame, hearing: Hearing): void {
    const { timeline } = this.options;
    const isCorrupted = this.chance.chance(this.faults.corruption);
    const isDoubled = this.chance.chance(this.faults.duplication);
    const receive = (): void => {
      member.statistics.receivedFrames += 1;
      if (isCorrupted) member.statistics.corruptedFrames += 1;
      const payload = isCorrupted ? this.corrupted(frame.payload) : frame.payload.slice();
      member.station.receive({ ...frame, payload }, this.reception(hearing.rssiDbm));
    };
    receive();
    if (!isDoubled) return;
    member.statistics.duplicates += 1;
    timeline.at(timeline.now() + DUPLICATE_GAP_MS, () => {
      if (deafness(member) === undefined) receive();
    });
  }

  private corrupted(payload: Uint8Array): Uint8Array {
    const octets = payload.slice();
    const at = this.chance.integer(0, Math.max(octets.length - 1, 0));
    const octet = octets[at];
    if (octet !== undefined) octets[at] = octet ^ this.chance.integer(1, 0xff);
    return octets;
  }

  private reception(rssiDbm: number): Reception {
    const { worst, best } = LQI_RANGE_DBM;
    const share = (rssiDbm - worst) / (best - worst);
    return {
      rssiDbm: Math.round(rssiDbm),
      snrDb: Math.round(Math.min(rssiDbm - noiseFloorDbm(this.options.airTime), SNR_MAX_DB)),
      lqi: Math.round(255 * Math.min(Math.max(share, 0), 1)),
    };
  }

  private acknowledge(from: Member, job: Job, arrived: boolean, rules: Acknowledgements): void {
    const { timeline } = this.options;
    const isHeard = arrived && !this.isLost(0) && !this.faults.outage;
    if (isHeard) {
      timeline.at(timeline.now() + rules.ackMs, () => this.finish(from, job, true));
      return;
    }
    const pauseMs = rules.timeoutMs + this.pauses.between(0, rules.timeoutMs);
    timeline.at(timeline.now() + pauseMs, () => {
      if (job.retriesLeft === 0) {
        from.statistics.unacknowledged += 1;
        this.finish(from, job, false);
        return;
      }
      job.retriesLeft -= 1;
      if (arrived) this.countRepeat(job.frame);
      this.begin(from);
    });
  }

  /** The recipient has the frame, the sender does not know, and sends it again. */
  private countRepeat(frame: AirFrame): void {
    for (const { station, statistics } of this.members.values()) {
      if (station.address === frame.to) statistics.duplicates += 1;
    }
  }

  private finish(member: Member, job: Job, acknowledged: boolean): void {
    member.queue.shift();
    // First what waits, or what `done` sends would begin twice.
    this.begin(member);
    job.done(acknowledged);
  }
}

/** Whoever hears the end of the preamble hears the frame. */
function lockOnto({ receptions }: Transmission): void {
  for (const [member, hearing] of receptions) hearing.deaf = deafness(member);
}

function deafness({ station, transmission }: Member): 'asleep' | 'half-duplex' | undefined {
  if (transmission !== undefined) return 'half-duplex';
  return station.isListening ? undefined : 'asleep';
}

/** Radios without addresses take all; those with addresses what is for them, and what is for everybody. */
const isFor = ({ to }: AirFrame, { address }: Station): boolean =>
  to === null || address === '' || to === address;
