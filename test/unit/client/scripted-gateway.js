/** A gateway that does what a test tells it, on a real UDP socket. */
import { createSocket } from 'node:dgram';
import { decode, encode } from '../../../src/codec/index.js';
/** How a gateway answers that accepts everything. */
const POLITE = {
    SEARCHGW: () => [{ type: 'GWINFO', gwId: 7 }],
    CONNECT: ({ will }) => [will ? { type: 'WILLTOPICREQ' } : { type: 'CONNACK', returnCode: 0 }],
    WILLTOPIC: () => [{ type: 'WILLMSGREQ' }],
    WILLMSG: () => [{ type: 'CONNACK', returnCode: 0 }],
    REGISTER: ({ msgId }) => [{ type: 'REGACK', topicId: 5, msgId, returnCode: 0 }],
    SUBSCRIBE: ({ msgId, qos }) => [{ type: 'SUBACK', topicId: 5, msgId, qos, returnCode: 0 }],
    PUBLISH: ({ qos, topicId, msgId }) => {
        if (qos === 1)
            return [{ type: 'PUBACK', topicId, msgId, returnCode: 0 }];
        return qos === 2 ? [{ type: 'PUBREC', msgId }] : [];
    },
    PUBREL: ({ msgId }) => [{ type: 'PUBCOMP', msgId }],
    PINGREQ: () => [{ type: 'PINGRESP' }],
    DISCONNECT: () => [{ type: 'DISCONNECT' }],
};
export class ScriptedGateway {
    script;
    received = [];
    socket = createSocket('udp4');
    waiting = new Set();
    peer;
    constructor(script) {
        this.script = script;
    }
    static async start(script = {}) {
        const gateway = new ScriptedGateway({ ...POLITE, ...script });
        gateway.socket.on('message', (datagram, from) => gateway.receive(datagram, from));
        await new Promise((resolve) => gateway.socket.bind(0, '127.0.0.1', resolve));
        return gateway;
    }
    get port() {
        return this.socket.address().port;
    }
    stop() {
        return new Promise((resolve) => this.socket.close(resolve));
    }
    /** To whoever spoke last. */
    send(message) {
        if (this.peer)
            this.socket.send(encode(message), this.peer.port, this.peer.address);
    }
    of(type) {
        return this.received.filter((message) => message.type === type);
    }
    /** The names of what came, in order. */
    get log() {
        return this.received.map(({ type }) => type);
    }
    /** Waits until `times` messages of this type have come and returns the last one. */
    async came(type, times = 1) {
        await eventually(() => this.of(type).length >= times, this.waiting, `${times} ${type}`);
        return this.of(type)[times - 1];
    }
    receive(datagram, from) {
        const message = decode(Uint8Array.from(datagram));
        if (message.type === 'MALFORMED' || message.type === 'ENCAPSULATED')
            return;
        this.peer = from;
        this.received.push(message);
        const answer = this.script[message.type];
        for (const reply of answer?.(message) ?? [])
            this.send(reply);
        for (const check of [...this.waiting])
            check();
    }
}
/** Resolves as soon as `condition` holds, looked at whenever one of `triggers` is called. */
export function eventually(condition, triggers, what, deadlineMs = 4000) {
    return new Promise((resolve, reject) => {
        const finish = (error) => {
            clearTimeout(timer);
            triggers.delete(check);
            if (error)
                reject(error);
            else
                resolve();
        };
        const check = () => {
            if (condition())
                finish();
        };
        const timer = setTimeout(() => finish(new Error(`waited in vain for ${what}`)), deadlineMs);
        triggers.add(check);
        check();
    });
}
