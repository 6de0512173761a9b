import { createCore } from '../../../src/core/core.js';
import { BrokerStandIn, willOf } from './broker-stand-in.js';
import { coreConfig, LINK } from './core-config.js';
const EVERYBODY = '*';
/** Any instant will do; one that is not 0 finds code that takes 0 for "never". */
const START = 1_000_000;
/** How long a transparent upstream tries to get a session back before it gives it up. */
const GRACE_SEC = 30;
/** More inputs without time passing are an endless loop. */
const INPUTS_PER_INSTANT_MAX = 10_000;
/** The pure core with a broker stand-in, under a clock that moves only when the scenario waits. */
export class CoreWorld {
    seesUpstream = false;
    core;
    broker = new BrokerStandIn();
    frames = new Map();
    states = new Map();
    drops = new Map();
    instant = START;
    constructor(settings = {}) {
        this.core = createCore(coreConfig(settings));
        this.feed({ kind: 'upstream', event: { event: 'availability', up: true } });
    }
    now() {
        return this.instant;
    }
    async wait({ core: seconds }) {
        const end = this.instant + seconds * 1000;
        for (let due = this.core.nextDeadline(); due !== undefined && due <= end;) {
            this.instant = Math.max(this.instant, due);
            this.feed({ kind: 'deadline' });
            due = this.core.nextDeadline();
        }
        this.instant = end;
    }
    async settle() { }
    async send(at, frame) {
        this.feed({ kind: 'datagram', link: LINK, address: at, data: frame });
    }
    async receive(at) {
        const frame = this.framesFor(at).shift();
        if (!frame)
            throw new Error(['no frame came', ...this.leftovers()].join('; '));
        return frame;
    }
    async expectPacket(client, packet) {
        this.broker.expect(client, packet);
    }
    async brokerSends(client, packet) {
        for (const event of this.broker.answer(client, packet))
            this.feed({ kind: 'upstream', event });
    }
    async packetBefore(client) {
        return this.broker.hasRequest(client);
    }
    /** The stand-in sends what the scenario says, stored or not. */
    async storeRetained() { }
    async setBroker(state) {
        this.broker.up = state !== 'down';
        this.feed({ kind: 'upstream', event: { event: 'availability', up: this.broker.up } });
    }
    async graceOver() {
        await this.wait({ core: GRACE_SEC });
        for (const client of this.broker.openClients()) {
            const event = { event: 'closed', client, detail: 'broker away for too long' };
            this.feed({ kind: 'upstream', event });
        }
    }
    async expectWill(will) {
        const published = this.broker.wills.shift();
        const [got, wanted] = [JSON.stringify(published), JSON.stringify(willOf(will))];
        if (got !== wanted)
            throw new Error(`got ${got} instead of ${wanted}`);
    }
    leftovers() {
        const frames = [...this.frames].flatMap(([at, list]) => list.map((frame) => `frame to ${at}: ${Buffer.from(frame).toString('hex')}`));
        return [...frames, ...this.broker.leftovers()];
    }
    stateOf(client) {
        return this.states.get(client) ?? 'DISCONNECTED';
    }
    dropsFor(reason) {
        return this.drops.get(reason) ?? 0;
    }
    wasPinged() {
        return undefined;
    }
    /** One input and everything that follows from it without time passing. */
    feed(first) {
        const inputs = [first];
        for (let count = 0;; count++) {
            const input = inputs.shift() ?? this.dueDeadline();
            if (!input)
                return;
            if (count > INPUTS_PER_INSTANT_MAX)
                throw new Error('the core does not come to rest');
            for (const effect of this.core.step(input, this.instant))
                this.apply(effect, inputs);
        }
    }
    dueDeadline() {
        const due = this.core.nextDeadline();
        return due !== undefined && due <= this.instant ? { kind: 'deadline' } : undefined;
    }
    apply(effect, inputs) {
        switch (effect.kind) {
            case 'send':
                this.framesFor(effect.address ?? EVERYBODY).push(effect.data);
                break;
            case 'upstream': {
                const event = this.broker.take(effect.request);
                if (event)
                    inputs.push({ kind: 'upstream', event });
                break;
            }
            case 'notice':
                this.note(effect.notice);
                break;
            default:
                effect;
        }
    }
    note(notice) {
        if (notice.notice === 'transition')
            this.states.set(notice.client, notice.to);
        if (notice.notice === 'drop') {
            this.drops.set(notice.reason, (this.drops.get(notice.reason) ?? 0) + 1);
        }
    }
    framesFor(at) {
        let frames = this.frames.get(at);
        if (!frames)
            this.frames.set(at, (frames = []));
        return frames;
    }
}
