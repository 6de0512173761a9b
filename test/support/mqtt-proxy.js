/**
 * Stands between the gateway and a broker: records what the gateway sends on each MQTT connection,
 * and holds what the broker sends until the test lets it pass, altered if the test wishes.
 */
import { EventEmitter } from 'node:events';
import { connect, createServer } from 'node:net';
import mqttPacket, {} from 'mqtt-packet';
/** MQTT 3.1.1. */
const PROTOCOL_VERSION = 4;
/** Emits `change` whenever there is something new to look at. */
export class MqttProxy extends EventEmitter {
    brokerPort;
    /** Rules of MQTT that the gateway broke. */
    violations = [];
    /** Whether packets to a client are held back; CONNACK of an unknown client is not. */
    holds = () => false;
    server = createServer((socket) => this.accept(socket));
    connections = new Set();
    recorded = new Map();
    pings = new Map();
    listeningPort = 0;
    constructor(brokerPort) {
        super();
        this.brokerPort = brokerPort;
    }
    get port() {
        return this.listeningPort;
    }
    /** Listens, after the first time on the same port as before. */
    async start() {
        await new Promise((done, fail) => {
            this.server.once('error', fail);
            this.server.listen(this.listeningPort, '127.0.0.1', done);
        });
        this.listeningPort = this.server.address().port;
    }
    /** Cuts every connection and refuses new ones. */
    async stop() {
        const closed = new Promise((done) => {
            if (this.server.listening)
                this.server.close(() => done());
            else
                done();
        });
        for (const connection of this.connections)
            this.cut(connection);
        await closed;
    }
    /** What the gateway has sent for a client and nobody has taken yet, without pings. */
    packetsOf(client) {
        let packets = this.recorded.get(client);
        if (!packets)
            this.recorded.set(client, (packets = []));
        return packets;
    }
    clients() {
        return [...this.recorded.keys()];
    }
    pingsOf(client) {
        return this.pings.get(client) ?? 0;
    }
    /** Some ping of the gateway has not been answered. */
    get isPinging() {
        return [...this.connections].some((one) => one.openPings > 0);
    }
    isConnected(client) {
        return [...this.connections].some((one) => one.client === client);
    }
    /** Lets the first held packet pass that `wanted` takes; it may return another to pass instead. */
    release(client, wanted) {
        for (const connection of this.connections) {
            if (connection.client !== client)
                continue;
            for (const [index, packet] of connection.held.entries()) {
                const passing = wanted(packet);
                if (!passing)
                    continue;
                connection.held.splice(index, 1);
                connection.gateway.write(encode(passing));
                return true;
            }
        }
        return false;
    }
    releaseAll() {
        for (const { held, gateway } of this.connections) {
            for (const packet of held.splice(0))
                gateway.write(encode(packet));
        }
    }
    accept(gateway) {
        const broker = connect(this.brokerPort, '127.0.0.1');
        const connection = {
            client: undefined,
            gateway,
            broker,
            held: [],
            openPings: 0,
            saidGoodbye: false,
            cut: false,
        };
        this.connections.add(connection);
        for (const socket of [gateway, broker])
            socket.setNoDelay(true).on('error', () => { });
        const fromGateway = mqttPacket.parser({ protocolVersion: PROTOCOL_VERSION });
        const fromBroker = mqttPacket.parser({ protocolVersion: PROTOCOL_VERSION });
        fromGateway.on('packet', (packet) => this.record(connection, packet));
        fromBroker.on('packet', (packet) => this.pass(connection, packet));
        for (const parser of [fromGateway, fromBroker]) {
            parser.on('error', (error) => this.violate(`no MQTT: ${String(error)}`));
        }
        gateway.on('data', (data) => {
            fromGateway.parse(data);
            broker.write(data);
        });
        broker.on('data', (data) => fromBroker.parse(data));
        gateway.on('close', () => this.ended(connection));
        broker.on('close', () => this.cut(connection));
    }
    record(connection, packet) {
        if (packet.cmd === 'connect')
            this.identify(connection, packet);
        const { client } = connection;
        if (client === undefined)
            return this.violate(`${packet.cmd} before CONNECT`);
        if (packet.cmd === 'disconnect')
            connection.saidGoodbye = true;
        if (packet.cmd === 'pingreq') {
            connection.openPings++;
            this.pings.set(client, this.pingsOf(client) + 1);
        }
        else
            this.packetsOf(client).push(packet);
        this.emit('change');
    }
    identify(connection, { clientId }) {
        for (const other of this.connections) {
            if (other.client === clientId && !other.saidGoodbye) {
                this.violate(`a second connection of ${clientId} while the first was open`);
            }
        }
        connection.client = clientId;
    }
    pass(connection, packet) {
        const { client, held, gateway } = connection;
        if (packet.cmd === 'pingresp')
            connection.openPings--;
        else if (client !== undefined && this.holds(client)) {
            held.push(packet);
            this.emit('change');
            return;
        }
        gateway.write(encode(packet));
        this.emit('change');
    }
    ended(connection) {
        const { client, broker, saidGoodbye, cut } = connection;
        this.connections.delete(connection);
        broker.destroy();
        if (client !== undefined && !saidGoodbye && !cut)
            this.packetsOf(client).push({ cmd: 'close' });
        this.emit('change');
    }
    cut(connection) {
        connection.cut = true;
        connection.gateway.destroy();
        connection.broker.destroy();
    }
    violate(what) {
        this.violations.push(what);
        this.emit('change');
    }
}
const encode = (packet) => mqttPacket.generate(packet, { protocolVersion: PROTOCOL_VERSION });
