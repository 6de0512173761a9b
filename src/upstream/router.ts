/** Sends each device's requests the way its rule says: aggregated or transparent. */
import type { UpstreamEvent, UpstreamRequest } from '../core/types.js';
import { Aggregating } from './aggregating.js';
import { Brokers } from './brokers.js';
import { EmbeddedBroker } from './embedded.js';
import type { Upstream, UpstreamLog, UpstreamOptions } from './options.js';
import { realTime } from './time.js';

/** The broker's side of the gateway. Nothing happens before `start()`. */
export function createUpstream(
  options: UpstreamOptions,
  emit: (event: UpstreamEvent) => void,
  log: UpstreamLog,
): Upstream {
  return new Router(options, emit, log);
}

class Router implements Upstream {
  #embedded: EmbeddedBroker | undefined;
  #aggregating: Aggregating | undefined;

  constructor(
    private readonly options: UpstreamOptions,
    private readonly emit: (event: UpstreamEvent) => void,
    private readonly log: UpstreamLog,
  ) {}

  async start(): Promise<void> {
    const { embedded, version } = this.options;
    let servers = this.options.servers;
    if (embedded !== undefined) {
      this.#embedded = new EmbeddedBroker(embedded.host, embedded.port, this.log);
      servers = [await this.#embedded.start()];
    }
    // The embedded broker speaks 3.1.1 only; asking it for 5 would cost an attempt.
    const brokers = new Brokers(servers, embedded === undefined ? version : 4);
    this.#aggregating = new Aggregating(this.options, brokers, this.emit, this.log, realTime);
    this.#aggregating.start();
  }

  request(request: UpstreamRequest): void {
    this.#aggregating?.request(request);
  }

  async stop(): Promise<void> {
    await this.#aggregating?.stop();
    await this.#embedded?.stop();
  }
}
