import { clientIdOf, octets, parseFrame, TYPE } from './frame.js';
import { Monitor } from './monitor.js';
import { Numbers } from './numbers.js';
import type { MqttPacket, PublishFields, Scenario, Step, WillFields } from './types.js';
import { type BrokerState, GATEWAY, type World } from './world.js';

const DEFAULT_CLIENT = 'dev1';
/** "Nothing" means: no frame to anybody within one second. */
const NOTHING_SEC = 1;

/** Plays one scenario; fails with the step at which the gateway did something else. */
export async function play(scenario: Scenario, world: World): Promise<void> {
  const player = new Player(world);
  for (const part of ['setup', 'steps', 'check'] as const) {
    await player.playAll(scenario[part], `${scenario.id} ${part}`);
  }
  await player.playAll([['nothing']], `${scenario.id} end`);
}

type Verb = (player: Player, argument: never, rest: readonly Step[]) => Promise<void> | void;

const VERBS: Record<string, Verb> = {
  'G>B': (player, packet: MqttPacket) => player.expectPacket(clientOf(packet), packet),
  'S>B': (player, packet: MqttPacket) => player.expectPacket(GATEWAY, packet),
  'B>G': (player, packet: MqttPacket) => player.brokerSends(packet),
  wait: (player, time: number | { core: number; daemon: number }) =>
    player.world.wait(typeof time === 'number' ? { core: time, daemon: time } : time),
  nothing: (player) => player.nothing(),
  maybe: (player, steps: Step[], rest) => player.maybe(steps, rest),
  'upstream-only': (player, steps: Step[]) =>
    player.world.seesUpstream ? player.playAll(steps, 'upstream-only') : undefined,
  broker: (player, state: BrokerState) => player.world.setBroker(state),
  grace: (player) => player.world.graceOver(),
  retained: (player, message: PublishFields) => player.world.storeRetained(message),
  will: (player, will: WillFields) => player.world.expectWill(will),
  state: (player, states: Record<string, string>) => player.expectStates(states),
  drop: (player, drop: string | { reason: string; times: number }) =>
    typeof drop === 'string'
      ? player.expectDrops(drop, 1)
      : player.expectDrops(drop.reason, drop.times),
  noDrop: (player, reason: string) => player.expectDrops(reason, 0),
  pinged: (player, client: string) => player.expectPinged(client),
  fillTopicIds: (player, count: number) => player.fillTopicIds(count),
};

class Player {
  private readonly monitor = new Monitor();
  private readonly numbers = new Map<string, Numbers>();
  /** Which client was last heard at an address. */
  private readonly clientAt = new Map<string, string>();

  constructor(readonly world: World) {}

  async playAll(steps: readonly Step[], where: string): Promise<void> {
    for (const [index, step] of steps.entries()) {
      try {
        await this.playOne(step, steps.slice(index + 1));
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        throw new Error(`${where}[${index}] ${JSON.stringify(step)}: ${text}`, { cause: error });
      }
    }
  }

  private async playOne([verb, argument]: Step, rest: readonly Step[]): Promise<void> {
    const known = VERBS[verb];
    if (known) return known(this, argument as never, rest);
    const [from, to] = verb.split('>');
    if (from === undefined || to === undefined) throw new Error(`unknown verb ${verb}`);
    return to === 'G' ? this.send(from, argument as string) : this.receive(to, argument as string);
  }

  private async send(at: string, hex: string): Promise<void> {
    const example = octets(hex);
    const frame = parseFrame(example);
    const place = placeOf(at, frame?.node);
    const named = frame && clientIdOf(frame);
    if (named !== undefined) this.clientAt.set(place, named);
    const client = this.clientAt.get(place) ?? place;
    const actual = this.numbersOf(client).outgoing(example);
    const sent = parseFrame(actual);
    if (sent) this.monitor.toGateway(client, place, sent);
    await this.world.send(at, actual);
  }

  private async receive(at: string, hex: string): Promise<void> {
    const example = octets(hex);
    const actual = await this.world.receive(at);
    const frame = parseFrame(actual);
    if (!frame) throw new Error(`got ${toHex(actual)}, which is no frame`);
    const place = placeOf(at, frame.node);
    const client = this.clientAt.get(place) ?? place;
    const expected = this.numbersOf(client).incoming(example, actual);
    if (toHex(actual) !== toHex(expected)) {
      throw new Error(`got ${toHex(actual)} instead of ${toHex(expected)}`);
    }
    if (frame.type !== TYPE.ADVERTISE) {
      this.monitor.fromGateway(client, place, frame, this.world.now());
    }
  }

  expectPacket(client: string | null, packet: MqttPacket): Promise<void> {
    return this.world.expectPacket(client, packet);
  }

  async brokerSends(packet: MqttPacket): Promise<void> {
    const client = clientOf(packet);
    if (packet.cmd === 'puback' || packet.cmd === 'pubrec') {
      // What has come until now came before the broker's confirmation.
      await this.world.settle();
      const early = this.world.leftovers();
      if (early.length > 0) throw new Error(`too early: ${early.join('; ')}`);
      this.monitor.brokerConfirmed(client);
    }
    await this.world.brokerSends(client, packet);
  }

  async nothing(): Promise<void> {
    await this.world.wait({ core: NOTHING_SEC, daemon: NOTHING_SEC });
    await this.world.settle();
    const leftovers = this.world.leftovers();
    if (leftovers.length > 0) throw new Error(`unexpected: ${leftovers.join('; ')}`);
  }

  /** Plays the steps if the gateway takes this way, told by which of the two ways on begins first. */
  async maybe(steps: Step[], rest: readonly Step[]): Promise<void> {
    const packet = steps[0]?.[1] as MqttPacket;
    const next = rest.map(([verb]) => /^G>([^B*])$/.exec(verb)?.[1]).find((at) => at !== undefined);
    if (next === undefined) throw new Error('a frame to some address must follow');
    if (await this.world.packetBefore(clientOf(packet), next)) await this.playAll(steps, 'maybe');
  }

  expectStates(states: Record<string, string>): void {
    for (const [client, expected] of Object.entries(states)) {
      const actual = this.world.stateOf(client);
      if (actual !== undefined && actual !== expected) throw new Error(`${client} is ${actual}`);
    }
  }

  expectDrops(reason: string, times: number): void {
    const counted = this.world.dropsFor(reason);
    if (counted !== undefined && counted !== times) {
      throw new Error(`${counted} drops for the reason ${reason}`);
    }
  }

  expectPinged(client: string): void {
    if (this.world.wasPinged(client) === false) throw new Error('the broker was not pinged');
  }

  /** Registers `n/0000`, `n/0001`… with the ids from 3 on. */
  async fillTopicIds(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const name = Buffer.from(`n/${index.toString(16).padStart(4, '0')}`).toString('hex');
      await this.send('C', `0c0a 0000 ${hex16(index + 1)} ${name}`);
      await this.receive('C', `070b ${hex16(index + 3)} ${hex16(index + 1)} 00`);
    }
  }

  private numbersOf(client: string): Numbers {
    let numbers = this.numbers.get(client);
    if (!numbers) this.numbers.set(client, (numbers = new Numbers()));
    return numbers;
  }
}

const clientOf = (packet: MqttPacket): string => packet.client ?? DEFAULT_CLIENT;

/** A node behind a forwarder is a place of its own. */
const placeOf = (at: string, node: string | undefined): string =>
  node === undefined ? at : `${at}/${node}`;

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const hex16 = (value: number): string => value.toString(16).padStart(4, '0');
