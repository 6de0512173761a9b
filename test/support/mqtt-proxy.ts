/**
 * Stands between the gateway and a broker: records what the gateway sends on each MQTT connection,
 * and holds what the broker sends until the test lets it pass, altered if the test wishes.
 */
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import mqttPacket, { type IConnectPacket, type Packet } from 'mqtt-packet';

/** `close`: the gateway ended the connection without DISCONNECT. */
export type RecordedPacket = Packet | { cmd: 'close' };

interface Connection {
  client: string | undefined;
  gateway: Socket;
  broker: Socket;
  held: Packet[];
  /** Topics of the gateway's messages by message id, the latest of each. */
  topics: Map<number, string>;
  /** Pings that the broker has not answered. */
  openPings: number;
  /** The gateway has sent DISCONNECT, or was refused: its going is no surprise. */
  mayEnd: boolean;
  /** Somebody else than the gateway ended it. */
  cut: boolean;
}

/** Emits `change` whenever there is something new to look at. */
export class MqttProxy extends EventEmitter {
  /** Rules of MQTT that the gateway broke. */
  readonly violations: string[] = [];
  /** Whether a packet to a client is held back; one that answers a message comes with the topic of that. */
  holds: (client: string, packet: Packet, topic?: string) => boolean = () => false;
  private readonly server: Server = createServer((socket) => this.accept(socket));
  private readonly connections = new Set<Connection>();
  private readonly recorded = new Map<string, RecordedPacket[]>();
  private readonly pings = new Map<string, number>();
  private listeningPort = 0;

  constructor(
    private readonly brokerPort: number,
    private readonly protocolVersion: 4 | 5,
  ) {
    super();
  }

  get port(): number {
    return this.listeningPort;
  }

  get isListening(): boolean {
    return this.server.listening;
  }

  /** Listens, after the first time on the same port as before. */
  async start(): Promise<void> {
    this.server.listen(this.listeningPort, '127.0.0.1');
    await once(this.server, 'listening');
    this.listeningPort = (this.server.address() as AddressInfo).port;
  }

  /** Who is connected stays so; nobody else gets in. */
  shut(): void {
    this.server.close();
  }

  /** Cuts every connection and refuses new ones. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((done) => {
      if (this.server.listening) this.server.close(() => done());
      else done();
    });
    for (const connection of this.connections) this.cut(connection);
    await closed;
  }

  /** What the gateway has sent for a client and nobody has taken yet, without pings. */
  packetsOf(client: string): RecordedPacket[] {
    let packets = this.recorded.get(client);
    if (!packets) this.recorded.set(client, (packets = []));
    return packets;
  }

  clients(): string[] {
    return [...this.recorded.keys()];
  }

  pingsOf(client: string): number {
    return this.pings.get(client) ?? 0;
  }

  /** Some ping of the gateway has not been answered. */
  get isPinging(): boolean {
    return [...this.connections].some((one) => one.openPings > 0);
  }

  isConnected(client: string): boolean {
    return [...this.connections].some((one) => one.client === client);
  }

  /** Lets the first held packet pass that `wanted` takes; it may return another to pass instead. */
  release(client: string, wanted: (packet: Packet) => Packet | undefined): boolean {
    for (const connection of this.connections) {
      if (connection.client !== client) continue;
      for (const [index, packet] of connection.held.entries()) {
        const passing = wanted(packet);
        if (!passing) continue;
        connection.held.splice(index, 1);
        if (passing.cmd === 'connack' && passing.returnCode !== 0) connection.mayEnd = true;
        connection.gateway.write(this.encode(passing));
        return true;
      }
    }
    return false;
  }

  releaseAll(): void {
    for (const { held, gateway } of this.connections) {
      for (const packet of held.splice(0)) gateway.write(this.encode(packet));
    }
  }

  /** Begins anew with recording. */
  forget(): void {
    this.recorded.clear();
    this.pings.clear();
    this.violations.length = 0;
  }

  private accept(gateway: Socket): void {
    const broker = connect(this.brokerPort, '127.0.0.1');
    const connection: Connection = {
      client: undefined,
      gateway,
      broker,
      held: [],
      topics: new Map(),
      openPings: 0,
      mayEnd: false,
      cut: false,
    };
    this.connections.add(connection);
    for (const socket of [gateway, broker]) socket.setNoDelay(true).on('error', () => {});
    const fromGateway = mqttPacket.parser({ protocolVersion: this.protocolVersion });
    const fromBroker = mqttPacket.parser({ protocolVersion: this.protocolVersion });
    fromGateway.on('packet', (packet) => this.record(connection, packet));
    fromBroker.on('packet', (packet) => this.pass(connection, packet));
    for (const parser of [fromGateway, fromBroker]) {
      parser.on('error', (error) => this.violate(`no MQTT: ${String(error)}`));
    }
    gateway.on('data', (data: Buffer) => {
      fromGateway.parse(data);
      broker.write(data);
    });
    broker.on('data', (data: Buffer) => fromBroker.parse(data));
    gateway.on('close', () => this.ended(connection));
    broker.on('close', () => this.cut(connection));
  }

  private record(connection: Connection, packet: Packet): void {
    if (packet.cmd === 'connect') this.identify(connection, packet);
    const { client } = connection;
    if (client === undefined) return this.violate(`${packet.cmd} before CONNECT`);
    if (packet.cmd === 'disconnect') connection.mayEnd = true;
    if (packet.cmd === 'publish') connection.topics.set(packet.messageId ?? 0, packet.topic);
    if (packet.cmd === 'pingreq') {
      connection.openPings++;
      this.pings.set(client, this.pingsOf(client) + 1);
    } else this.packetsOf(client).push(packet);
    this.emit('change');
  }

  private identify(connection: Connection, { clientId }: IConnectPacket): void {
    for (const other of this.connections) {
      if (other.client === clientId && !other.mayEnd) {
        this.violate(`a second connection of ${clientId} while the first was open`);
      }
    }
    connection.client = clientId;
  }

  private pass(connection: Connection, packet: Packet): void {
    const { client, held, gateway, topics } = connection;
    const answered = packet.cmd === 'puback' ? topics.get(packet.messageId ?? 0) : undefined;
    if (packet.cmd === 'pingresp') connection.openPings--;
    else if (client !== undefined && this.holds(client, packet, answered)) {
      held.push(packet);
      this.emit('change');
      return;
    }
    gateway.write(this.encode(packet));
    this.emit('change');
  }

  private ended(connection: Connection): void {
    const { client, broker, mayEnd, cut } = connection;
    this.connections.delete(connection);
    broker.destroy();
    if (client !== undefined && !mayEnd && !cut) this.packetsOf(client).push({ cmd: 'close' });
    this.emit('change');
  }

  private cut(connection: Connection): void {
    connection.cut = true;
    connection.gateway.destroy();
    connection.broker.destroy();
  }

  private violate(what: string): void {
    this.violations.push(what);
    this.emit('change');
  }

  private encode(packet: Packet): Buffer {
    return mqttPacket.generate(packet, { protocolVersion: this.protocolVersion });
  }
}
