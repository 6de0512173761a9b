/**
 * The broker as the core sees it: requests instead of packets. What the upstream does on its own
 * (acknowledgements, the QoS 2 handshake, reconnecting) does not show here and is passed over.
 */
import type {
  UpstreamEvent,
  UpstreamFailure,
  UpstreamRequest,
  Will,
} from '../../../src/core/types.js';
import { octets } from './frame.js';
import { same } from './same.js';
import type { MqttPacket, PublishFields, WillFields } from './types.js';

type Request<Op extends UpstreamRequest['op']> = Extract<UpstreamRequest, { op: Op }>;

/** MQTT 3.1.1 CONNACK code "server unavailable"; the others are final. */
const SERVER_UNAVAILABLE = 3;

export class BrokerStandIn {
  up = true;
  /** Wills that the broker has published and nobody has expected yet. */
  readonly wills: Will[] = [];
  private readonly requests = new Map<string | null, UpstreamRequest[]>();
  private readonly unanswered = new Map<string | null, UpstreamRequest[]>();
  private readonly registeredWills = new Map<string, Will | undefined>();

  /** Takes a request of the core; returns the answer when the broker is away. */
  take(request: UpstreamRequest): UpstreamEvent | undefined {
    if (!this.up) return refusal(request, 'unavailable');
    if (request.op !== 'close' || this.hasConnection(request.client)) {
      listIn(this.requests, request.client).push(request);
    }
    return undefined;
  }

  hasRequest(client: string): boolean {
    return listIn(this.requests, client).length > 0;
  }

  /** Clients whose session at the broker is open. */
  openClients(): string[] {
    return [...this.registeredWills.keys()];
  }

  /** Fails unless the next request of the client amounts to this packet. */
  expect(client: string | null, packet: MqttPacket): void {
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
        same(
          { filter: request.filter, qos: request.qos },
          { filter: packet.filter, qos: packet.qos },
        );
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
  answer(client: string, packet: MqttPacket): UpstreamEvent[] {
    switch (packet.cmd) {
      case 'publish':
        return [{ event: 'message', client, token: 0, ...messageOf(packet) }];
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
            ...(packet.refused ? { failure: 'refused' as const } : {}),
          },
        ];
      case 'unsuback':
        return [
          { event: 'unsubscribed', token: this.answered(client, 'unsubscribe').token, client },
        ];
      default:
        return [];
    }
  }

  leftovers(): string[] {
    const requests = [...this.requests.values()].flat();
    return [
      ...requests.map((one) => `request ${describe(one)}`),
      ...this.wills.map((will) => `will ${will.topic}`),
    ];
  }

  /** To close what is not open amounts to no packet. */
  private hasConnection(client: string): boolean {
    return this.registeredWills.has(client) || listIn(this.requests, client).length > 0;
  }

  /** A session opened anew, or a will replaced, which MQTT 3.1.1 can do only by connecting again. */
  private expectConnect(
    queue: UpstreamRequest[],
    packet: Extract<MqttPacket, { cmd: 'connect' }>,
  ): void {
    const request = next(queue, 'open', 'set-will');
    const clean = request.op === 'open' && request.cleanSession;
    same({ clean, will: request.will }, { clean: packet.clean, will: packet.will });
    this.registeredWills.set(request.client, request.will);
    this.awaits(request);
  }

  /** `open` and `set-will` end the connection before by themselves. */
  private expectDisconnect(queue: UpstreamRequest[]): void {
    const first = queue[0];
    if (first?.op === 'open' || first?.op === 'set-will') return;
    const request = next(queue, 'close');
    same(request.will, 'discard');
    this.registeredWills.delete(request.client);
  }

  private expectClose(queue: UpstreamRequest[]): void {
    const request = next(queue, 'close');
    same(request.will, 'fire');
    const will = this.registeredWills.get(request.client);
    if (will) this.wills.push(will);
    this.registeredWills.delete(request.client);
  }

  private expectPublish(
    queue: UpstreamRequest[],
    packet: PublishFields & { client?: string },
  ): void {
    const request = next(queue, 'publish');
    const { topic, payload, qos, retain } = request;
    const { cmd: _cmd, client: _client, from: _from, ...message } = packet;
    same({ topic, payload, qos, retain }, message);
    if (qos > 0) this.awaits(request);
  }

  private opened(client: string, returnCode: number): UpstreamEvent {
    const request = this.answered(client, 'open', 'set-will');
    const event = request.op === 'open' ? 'opened' : 'will-set';
    if (returnCode === 0) return { event, token: request.token, client };
    this.registeredWills.delete(client);
    const failure = returnCode === SERVER_UNAVAILABLE ? 'unavailable' : 'refused';
    return { event, token: request.token, client, failure };
  }

  private awaits(request: UpstreamRequest): void {
    listIn(this.unanswered, request.client).push(request);
  }

  private answered<Op extends 'open' | 'set-will' | 'publish' | 'subscribe' | 'unsubscribe'>(
    client: string,
    ...ops: Op[]
  ): Request<Op> {
    const waiting = listIn(this.unanswered, client);
    const at = waiting.findIndex((one) => isOneOf(one, ops));
    const [request] = at < 0 ? [] : waiting.splice(at, 1);
    if (!request || !isOneOf(request, ops)) throw new Error(`no ${ops.join(' or ')} is open`);
    return request;
  }
}

const messageOf = ({ topic, payload, qos, retain = false }: WillFields): Will => ({
  topic,
  payload: octets(payload),
  qos,
  retain,
});

function refusal(request: UpstreamRequest, failure: UpstreamFailure): UpstreamEvent | undefined {
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

function next<Op extends UpstreamRequest['op']>(
  queue: UpstreamRequest[],
  ...ops: Op[]
): Request<Op> {
  const request = queue.shift();
  if (!request) throw new Error('no request to the broker');
  if (!isOneOf(request, ops)) throw new Error(`instead ${describe(request)}`);
  return request;
}

function isOneOf<Op extends UpstreamRequest['op']>(
  request: UpstreamRequest,
  ops: Op[],
): request is Request<Op> {
  return (ops as string[]).includes(request.op);
}

const describe = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    one instanceof Uint8Array ? Buffer.from(one).toString('hex') : one,
  );

function listIn<K, V>(map: Map<K, V[]>, key: K): V[] {
  let list = map.get(key);
  if (!list) map.set(key, (list = []));
  return list;
}
