import { clientIdOf, octets, parseFrame, TYPE } from './frame.js';
import { Monitor } from './monitor.js';
import { Numbers } from './numbers.js';
import { GATEWAY } from './world.js';
const DEFAULT_CLIENT = 'dev1';
/** "Nothing" means: no frame to anybody within one second. */
const NOTHING_SEC = 1;
/** Plays one scenario; fails with the step at which the gateway did something else. */
export async function play(scenario, world) {
    const player = new Player(world);
    for (const part of ['setup', 'steps', 'check']) {
        await player.playAll(scenario[part], `${scenario.id} ${part}`);
    }
    await player.playAll([['nothing']], `${scenario.id} end`);
}
const VERBS = {
    'G>B': (player, packet) => player.expectPacket(clientOf(packet), packet),
    'S>B': (player, packet) => player.expectPacket(GATEWAY, packet),
    'B>G': (player, packet) => player.brokerSends(packet),
    wait: (player, time) => player.world.wait(typeof time === 'number' ? { core: time, daemon: time } : time),
    nothing: (player) => player.nothing(),
    maybe: (player, steps, rest) => player.maybe(steps, rest),
    'upstream-only': (player, steps) => player.world.seesUpstream ? player.playAll(steps, 'upstream-only') : undefined,
    broker: (player, state) => player.world.setBroker(state),
    grace: (player) => player.world.graceOver(),
    retained: (player, message) => player.world.storeRetained(message),
    will: (player, will) => player.world.expectWill(will),
    state: (player, states) => player.expectStates(states),
    drop: (player, drop) => typeof drop === 'string' ? player.expectDrops(drop, 1) : player.expectDrops(drop.reason, drop.times),
    noDrop: (player, reason) => player.expectDrops(reason, 0),
    pinged: (player, client) => player.expectPinged(client),
    fillTopicIds: (player, count) => player.fillTopicIds(count),
};
class Player {
    world;
    monitor = new Monitor();
    numbers = new Map();
    /** Which client was last heard at an address. */
    clientAt = new Map();
    constructor(world) {
        this.world = world;
    }
    async playAll(steps, where) {
        for (const [index, step] of steps.entries()) {
            try {
                await this.playOne(step, steps.slice(index + 1));
            }
            catch (error) {
                const text = error instanceof Error ? error.message : String(error);
                throw new Error(`${where}[${index}] ${JSON.stringify(step)}: ${text}`, { cause: error });
            }
        }
    }
    async playOne([verb, argument], rest) {
        const known = VERBS[verb];
        if (known)
            return known(this, argument, rest);
        const [from, to] = verb.split('>');
        if (from === undefined || to === undefined)
            throw new Error(`unknown verb ${verb}`);
        return to === 'G' ? this.send(from, argument) : this.receive(to, argument);
    }
    async send(at, hex) {
        const example = octets(hex);
        const frame = parseFrame(example);
        const place = placeOf(at, frame?.node);
        const named = frame && clientIdOf(frame);
        if (named !== undefined)
            this.clientAt.set(place, named);
        const client = this.clientAt.get(place) ?? place;
        const actual = this.numbersOf(client).outgoing(example);
        const sent = parseFrame(actual);
        if (sent)
            this.monitor.toGateway(client, place, sent);
        await this.world.send(at, actual);
    }
    async receive(at, hex) {
        const example = octets(hex);
        const actual = await this.world.receive(at);
        const frame = parseFrame(actual);
        if (!frame)
            throw new Error(`got ${toHex(actual)}, which is no frame`);
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
    expectPacket(client, packet) {
        return this.world.expectPacket(client, packet);
    }
    async brokerSends(packet) {
        const client = clientOf(packet);
        if (packet.cmd === 'puback' || packet.cmd === 'pubrec') {
            // What has come until now came before the broker's confirmation.
            await this.world.settle();
            const early = this.world.leftovers();
            if (early.length > 0)
                throw new Error(`too early: ${early.join('; ')}`);
            this.monitor.brokerConfirmed(client);
        }
        await this.world.brokerSends(client, packet);
    }
    async nothing() {
        await this.world.wait({ core: NOTHING_SEC, daemon: NOTHING_SEC });
        await this.world.settle();
        const leftovers = this.world.leftovers();
        if (leftovers.length > 0)
            throw new Error(`unexpected: ${leftovers.join('; ')}`);
    }
    /** Plays the steps if the gateway takes this way, told by which of the two ways on begins first. */
    async maybe(steps, rest) {
        const packet = steps[0]?.[1];
        const next = rest.map(([verb]) => /^G>([^B*])$/.exec(verb)?.[1]).find((at) => at !== undefined);
        if (next === undefined)
            throw new Error('a frame to some address must follow');
        if (await this.world.packetBefore(clientOf(packet), next))
            await this.playAll(steps, 'maybe');
    }
    expectStates(states) {
        for (const [client, expected] of Object.entries(states)) {
            const actual = this.world.stateOf(client);
            if (actual !== undefined && actual !== expected)
                throw new Error(`${client} is ${actual}`);
        }
    }
    expectDrops(reason, times) {
        const counted = this.world.dropsFor(reason);
        if (counted !== undefined && counted !== times) {
            throw new Error(`${counted} drops for the reason ${reason}`);
        }
    }
    expectPinged(client) {
        if (this.world.wasPinged(client) === false)
            throw new Error('the broker was not pinged');
    }
    /** Registers `n/0000`, `n/0001`… with the ids from 3 on. */
    async fillTopicIds(count) {
        for (let index = 0; index < count; index++) {
            const name = Buffer.from(`n/${index.toString(16).padStart(4, '0')}`).toString('hex');
            await this.send('C', `0c0a 0000 ${hex16(index + 1)} ${name}`);
            await this.receive('C', `070b ${hex16(index + 3)} ${hex16(index + 1)} 00`);
        }
    }
    numbersOf(client) {
        let numbers = this.numbers.get(client);
        if (!numbers)
            this.numbers.set(client, (numbers = new Numbers()));
        return numbers;
    }
}
const clientOf = (packet) => packet.client ?? DEFAULT_CLIENT;
/** A node behind a forwarder is a place of its own. */
const placeOf = (at, node) => node === undefined ? at : `${at}/${node}`;
const toHex = (bytes) => Buffer.from(bytes).toString('hex');
const hex16 = (value) => value.toString(16).padStart(4, '0');
