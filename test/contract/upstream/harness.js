/** A scripted core: sends requests to an upstream and waits for events. */
import { connectAsync } from 'mqtt';
import { createUpstream } from '../../../src/upstream/index.js';
import { until } from '../../support/wait.js';
const DEADLINE_MS = 5000;
export const text = (octets) => Buffer.from(octets).toString();
export const will = (topic, payload = 'gone', qos = 1) => ({
    topic,
    payload: Buffer.from(payload),
    qos,
    retain: false,
});
const DEFAULTS = {
    servers: [],
    version: 5,
    clientId: 'gateway',
    clientIdPrefix: '',
    connections: 1,
    keepaliveSec: 60,
    maxQos: 2,
    maxInflight: 20,
    baseTopic: 'mqttsn/gateway',
    deviceOf: () => ({ mode: 'aggregating' }),
};
export class ScriptedCore {
    events = [];
    log = [];
    upstream;
    #token = 0;
    constructor(options) {
        const write = (fields, message) => this.log.push(`${message} ${JSON.stringify(fields)}`);
        this.upstream = createUpstream({ ...DEFAULTS, ...options }, (event) => this.events.push(event), { debug: write, info: write, warn: write, error: write });
    }
    /** Started, and connected. */
    static async connected(options) {
        const core = new ScriptedCore(options);
        await core.upstream.start();
        await core.available(true);
        return core;
    }
    stop() {
        return this.upstream.stop();
    }
    async available(up) {
        const states = () => this.events.filter((event) => event.event === 'availability');
        await until(() => states().at(-1)?.up === up, DEADLINE_MS, `availability ${up}`);
    }
    async open(client, cleanSession = true, will) {
        const token = ++this.#token;
        const request = { op: 'open', token, client, cleanSession };
        if (will !== undefined)
            request.will = will;
        this.upstream.request(request);
        return this.answer('opened', token);
    }
    close(client, will, forget = false) {
        this.upstream.request({ op: 'close', client, will, forget });
    }
    async setWill(client, will) {
        const token = ++this.#token;
        const request = { op: 'set-will', token, client };
        if (will !== undefined)
            request.will = will;
        this.upstream.request(request);
        return this.answer('will-set', token);
    }
    /** Returns the token; `published` waits for the answer. */
    send(client, topic, payload, qos, retain = false) {
        const token = ++this.#token;
        const octets = new TextEncoder().encode(payload);
        this.upstream.request({ op: 'publish', token, client, topic, payload: octets, qos, retain });
        return token;
    }
    published(token) {
        return this.answer('published', token);
    }
    async subscribe(client, filter, qos) {
        const token = ++this.#token;
        this.upstream.request({ op: 'subscribe', token, client, filter, qos });
        return this.answer('subscribed', token);
    }
    async unsubscribe(client, filter) {
        const token = ++this.#token;
        this.upstream.request({ op: 'unsubscribe', token, client, filter });
        await this.answer('unsubscribed', token);
    }
    answers(name, token) {
        return this.events.filter((event) => event.event === name && 'token' in event && event.token === token);
    }
    async answer(name, token) {
        const found = await until(() => this.answers(name, token)[0], DEADLINE_MS * 3, `${name} ${token}\n${this.log.join('\n')}`);
        return found;
    }
    /** Messages for a client, as `topic payload qos` with `retained` behind it. */
    messages(client) {
        return this.events
            .filter((event) => event.event === 'message' && event.client === client)
            .map((event) => {
            const { topic, payload, qos, retain } = event;
            return `${topic} ${text(payload)} ${qos}${retain ? ' retained' : ''}`;
        });
    }
    /** Waits until exactly these messages came, in any order. */
    async got(client, expected) {
        const same = () => JSON.stringify([...this.messages(client)].sort()) === JSON.stringify([...expected].sort());
        await until(same, DEADLINE_MS, `${client} to get ${expected}`).catch((error) => {
            throw new Error(`${error.message}; it got ${this.messages(client)}`);
        });
    }
}
/** An ordinary MQTT client that watches and publishes. */
export class Witness {
    client;
    seen = [];
    constructor(client) {
        this.client = client;
        client.on('message', (topic, payload, packet) => {
            this.seen.push(`${topic} ${payload.toString()} ${packet.qos}${packet.retain ? ' retained' : ''}`);
        });
    }
    static async at(url, ...filters) {
        const witness = new Witness(await connectAsync(url, { reconnectPeriod: 0 }));
        if (filters.length > 0)
            await witness.client.subscribeAsync(filters, { qos: 2 });
        return witness;
    }
    async publish(topic, payload, qos = 1, retain = false) {
        await this.client.publishAsync(topic, payload, { qos, retain });
    }
    async saw(...expected) {
        const all = () => expected.every((line) => this.seen.includes(line));
        await until(all, DEADLINE_MS, expected.join(', ')).catch((error) => {
            throw new Error(`${error.message}; saw ${this.seen.join(', ')}`);
        });
    }
    count(line) {
        return this.seen.filter((other) => other === line).length;
    }
    end() {
        return this.client.endAsync(true);
    }
}
