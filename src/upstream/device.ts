/**
 * One transparent device: its own MQTT connection, with its client id, will and credentials.
 *
 *   closed -> opening -> up <-> away        opening, up, away -> leaving -> closed
 *
 * - The broker holds the will and fires it when the socket closes without DISCONNECT. So an old
 *   connection is always ended politely and its socket closed before the next one begins: a take-over
 *   would fire the old will.
 * - away: the connection is lost and tried again for a grace time. The session lives on; publishing
 *   and subscribing fail meanwhile.
 * - MQTT cannot change a will during a connection: a new will means DISCONNECT and CONNECT.
 */
import type { IPublishPacket } from 'mqtt';
import type { MqttQos, UpstreamEvent, UpstreamRequest, Will } from '../core/types.js';
import type { Brokers } from './brokers.js';
import { Connection, type Farewell, type Owner } from './connection.js';
import type { DialGate } from './dial-gate.js';
import { GRACE_MS, OPEN_TIMEOUT_MS, QUIET_TIMEOUT_MS, SESSION_EXPIRY_SEC } from './limits.js';
import type { UpstreamLog, UpstreamOptions } from './options.js';
import { AWAY, type Failure, REPLACED, TIMEOUT } from './reasons.js';
import { sameWill } from './same-will.js';
import type { Time, Timer } from './time.js';

type Request<Op> = Extract<UpstreamRequest, { op: Op }>;
type Publish = Request<'publish'>;

/** What all transparent devices share. */
export interface Surroundings {
  options: UpstreamOptions;
  brokers: Brokers;
  gate: DialGate;
  emit: (event: UpstreamEvent) => void;
  log: UpstreamLog;
  time: Time;
}

type State = 'closed' | 'opening' | 'up' | 'away' | 'leaving';

export class Device implements Owner<Publish> {
  #state: State = 'closed';
  #connection: Connection<Publish> | undefined;
  #cleanSession = true;
  #will: Will | undefined;
  /** Subscriptions of the session, and whether the broker has them. */
  readonly #filters = new Map<string, { qos: MqttQos; atBroker: boolean }>();
  /** Who waits for the connection being opened. */
  #pending: Request<'open'> | Request<'set-will'> | undefined;
  /** A new will that waits for open exchanges to end. */
  #newWill: Request<'set-will'> | undefined;
  #timer: Timer | undefined;

  constructor(
    private readonly client: string,
    private readonly around: Surroundings,
  ) {}

  /** Nothing to remember: the object may go. */
  get isIdle(): boolean {
    return this.#state === 'closed' && this.#filters.size === 0;
  }

  // Requests

  open(request: Request<'open'>): void {
    const { token, cleanSession, will } = request;
    if (this.#state === 'up' && !cleanSession && !this.#cleanSession && sameWill(will, this.#will)) {
      this.around.emit({ event: 'opened', token, client: this.client });
      return;
    }
    this.#leave('disconnect', () => {
      if (cleanSession) this.#filters.clear();
      this.#cleanSession = cleanSession;
      this.#will = will;
      this.#connect(request);
    });
    this.#pending = request;
  }
}
