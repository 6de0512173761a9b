/** Sends each device's requests the way its rule says: aggregated or transparent. */
import type { UpstreamEvent, UpstreamRequest } from '../core/types.js';
import { Aggregating } from './aggregating.js';
import { Brokers } from './brokers.js';
import { DialGate } from './dial-gate.js';
import { EmbeddedBroker } from './embedded.js';
import type { Upstream, UpstreamLog, UpstreamOptions } from './options.js';
import { realTime, type Time } from './time.js';
import { type DeviceRequest, Transparent } from './transparent.js';

/** The broker's side of the gateway. Nothing happens before `start()`. */
export function createUpstream(
  options: UpstreamOptions,
  emit: (event: UpstreamEvent) => void,
  log: UpstreamLog,
  time: Time = realTime,
): Upstream {
  return new Router(options, emit, log, time);
}

class Router implements Upstream {
  #embedded: EmbeddedBroker | undefined;
  #aggregating: Aggregating | undefined;
  #transparent: Transparent | undefined;
  /** Devices that were transparent when they connected last; a reload may change the rules meanwhile. */
  readonly #transparentClients = new Set<string>();

  constructor(
    private readonly options: UpstreamOptions,
    private readonly emit: (event: UpstreamEvent) => void,
    private readonly log: UpstreamLog,
    private readonly time: Time,
  ) {}

  async start(): Promise<void> {
    const { options, emit, log, time } = this;
    let { servers, version } = options;
    if (options.embedded !== undefined) {
      this.#embedded = new EmbeddedBroker(options.embedded.host, options.embedded.port, log);
      servers = [await this.#embedded.start()];
      // It speaks 3.1.1 only; asking for 5 would cost an attempt.
      version = 4;
    }
    const brokers = new Brokers(servers, version);
    const gate = new DialGate();
    this.#transparent = new Transparent({ options, brokers, gate, emit, log, time });
    this.#aggregating = new Aggregating(options, brokers, emit, log, time);
    this.#aggregating.start();
  }

  request(request: UpstreamRequest): void {
    if (request.op === 'open') this.#choose(request.client);
    if (isOfDevice(request) && this.#isTransparent(request)) this.#transparent?.request(request);
    else this.#aggregating?.request(request);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#transparent?.stop(), this.#aggregating?.stop()]);
    await this.#embedded?.stop();
  }

  /** A device that changes sides leaves nothing behind on the old one. */
  #choose(client: string): void {
    const transparent = this.options.deviceOf(client).mode === 'transparent';
    if (transparent === this.#transparentClients.has(client)) return;
    const farewell = { op: 'close', client, will: 'discard', forget: true } as const;
    if (transparent) {
      this.#aggregating?.request(farewell);
      this.#transparentClients.add(client);
    } else {
      this.#transparent?.request(farewell);
      this.#transparentClients.delete(client);
    }
  }

  #isTransparent({ op, client }: DeviceRequest): boolean {
    if (this.#transparentClients.has(client)) return true;
    // A session of an earlier run, which only the broker remembers.
    return op === 'close' && this.options.deviceOf(client).mode === 'transparent';
  }
}

function isOfDevice(request: UpstreamRequest): request is DeviceRequest {
  return request.client !== null;
}
