import { octets } from './frame.js';
/** MQTT 3.1.1 CONNACK code "server unavailable"; the others are final. */
const SERVER_UNAVAILABLE = 3;
export class BrokerStandIn {
    up = true;
    /** Wills that the broker has published and nobody has expected yet. */
    wills = [];
    requests = new Map();
    unanswered = new Map();
    registeredWills = new Map();
    /** Takes a request of the core; returns the answer when the broker is away. */
    take(request) {
        if (!this.up)
            return refusal(request, 'unavailable');
        if (request.op !== 'close' || this.hasConnection(request.client)) {
            listIn(this.requests, request.client).push(request);
        }
        return undefined;
    }
    hasRequest(client) {
        return listIn(this.requests, client).length > 0;
    }
    /** Clients whose session at the broker is open. */
    openClients() {
        return [...this.registeredWills.keys()];
    }
    /** Fails unless the next request of the client amounts to this packet. */
    expect(client, packet) {
        const queue = listIn(this.requests, client);
        switch (packet.cmd) {
            case 'connect':
                return this.expectConnect(queue, packet);
            case 'disconnect':
                return this.expectDisconnect(queue);
            case 'close':
                return this.expectClose(queue);
            case 'publish':
                return this.expectPublish(queue, packet);
            case 'subscribe': {
                const request = next(queue, 'subscribe');
                same({ filter: request.filter, qos: request.qos }, { filter: packet.filter, qos: packet.qos });
                return this.awaits(request);
            }
            case 'unsubscribe': {
                const request = next(queue, 'unsubscribe');
                same(request.filter, packet.filter);
                return this.awaits(request);
            }
            default:
        }
    }
    /** The events that the packet amounts to. */
    answer(client, packet) {
        switch (packet.cmd) {
            case 'publish':
                return [{ event: 'message', client, ...messageOf(packet) }];
            case 'connack':
                return [this.opened(client, packet.returnCode ?? 0)];
            case 'puback':
            case 'pubcomp':
                return [{ event: 'published', token: this.answered(client, 'publish').token, client }];
            case 'suback':
                return [
                    {
                        event: 'subscribed',
                        token: this.answered(client, 'subscribe').token,
                        client,
                        grantedQos: packet.qos ?? 0,
                        ...(packet.refused ? { failure: 'refused' } : {}),
                    },
                ];
            case 'unsuback':
                return [{ event: 'unsubscribed', token: this.answered(client, 'unsubscribe').token, client }];
            default:
                return [];
        }
    }
    leftovers() {
        const requests = [...this.requests.values()].flat();
        return [
            ...requests.map((one) => `request ${describe(one)}`),
            ...this.wills.map((will) => `will ${will.topic}`),
        ];
    }
    /** To close what is not open amounts to no packet. */
    hasConnection(client) {
        return this.registeredWills.has(client) || listIn(this.requests, client).length > 0;
    }
    /** A session opened anew, or a will replaced, which MQTT 3.1.1 can do only by connecting again. */
    expectConnect(queue, packet) {
        const request = next(queue, 'open', 'set-will');
        const clean = request.op === 'open' && request.cleanSession;
        same({ clean, will: request.will }, { clean: packet.clean, will: packet.will && willOf(packet.will) });
        this.registeredWills.set(request.client, request.will);
        this.awaits(request);
    }
    /** `open` and `set-will` end the connection before by themselves. */
    expectDisconnect(queue) {
        const first = queue[0];
        if (first?.op === 'open' || first?.op === 'set-will')
            return;
        const request = next(queue, 'close');
        same(request.will, 'discard');
        this.registeredWills.delete(request.client);
    }
    expectClose(queue) {
        const request = next(queue, 'close');
        same(request.will, 'fire');
        const will = this.registeredWills.get(request.client);
        if (will)
            this.wills.push(will);
        this.registeredWills.delete(request.client);
    }
    expectPublish(queue, packet) {
        const request = next(queue, 'publish');
        const { topic, payload, qos, retain } = request;
        same({ topic, payload, qos, retain }, messageOf(packet));
        if (qos > 0)
            this.awaits(request);
    }
    opened(client, returnCode) {
        const request = this.answered(client, 'open', 'set-will');
        const event = request.op === 'open' ? 'opened' : 'will-set';
        if (returnCode === 0)
            return { event, token: request.token, client };
        this.registeredWills.delete(client);
        const failure = returnCode === SERVER_UNAVAILABLE ? 'unavailable' : 'refused';
        return { event, token: request.token, client, failure };
    }
    awaits(request) {
        listIn(this.unanswered, request.client).push(request);
    }
    answered(client, ...ops) {
        const waiting = listIn(this.unanswered, client);
        const at = waiting.findIndex((one) => isOneOf(one, ops));
        const [request] = at < 0 ? [] : waiting.splice(at, 1);
        if (!request || !isOneOf(request, ops))
            throw new Error(`no ${ops.join(' or ')} is open`);
        return request;
    }
}
export const willOf = (will) => ({
    topic: will.topic,
    payload: octets(will.payload),
    qos: will.qos,
    retain: will.retain ?? false,
});
const messageOf = willOf;
function refusal(request, failure) {
    switch (request.op) {
        case 'open':
            return { event: 'opened', token: request.token, client: request.client, failure };
        case 'set-will':
            return { event: 'will-set', token: request.token, client: request.client, failure };
        case 'publish':
            return { event: 'published', token: request.token, client: request.client, failure };
        case 'subscribe':
            return {
                event: 'subscribed',
                token: request.token,
                client: request.client,
                grantedQos: 0,
                failure,
            };
        case 'unsubscribe':
            return { event: 'unsubscribed', token: request.token, client: request.client };
        default:
            return undefined;
    }
}
function next(queue, ...ops) {
    const request = queue.shift();
    if (!request)
        throw new Error('no request to the broker');
    if (!isOneOf(request, ops))
        throw new Error(`instead ${describe(request)}`);
    return request;
}
function isOneOf(request, ops) {
    return ops.includes(request.op);
}
function same(actual, expected) {
    const [got, wanted] = [describe(actual), describe(expected)];
    if (got !== wanted)
        throw new Error(`got ${got} instead of ${wanted}`);
}
const describe = (value) => JSON.stringify(value, (_, one) => one instanceof Uint8Array ? Buffer.from(one).toString('hex') : one);
function listIn(map, key) {
    let list = map.get(key);
    if (!list)
        map.set(key, (list = []));
    return list;
}
