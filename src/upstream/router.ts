/** Sends each device's requests the way its rule says: aggregated or transparent. */
import type { UpstreamEvent, UpstreamRequest } from '../core/types.js';
import type { Journal } from '../store/journal.js';
import { Aggregating } from './aggregating.js';
import { sessionGround } from './broker-session.js';
import { Brokers } from './brokers.js';
import { DialGate } from './dial-gate.js';
import { EmbeddedBroker } from './embedded.js';
import { FormerFilters } from './former-filters.js';
import { STOP_TIMEOUT_MS } from './limits.js';
import type { Upstream, UpstreamLog, UpstreamOptions } from './options.js';
import { OwnSubscriptions, type OwnTopics } from './own-topics.js';
import { OwedWills } from './owed-wills.js';
import { realTime, type Time, type Timer } from './time.js';
import { type DeviceRequest, Transparent } from './transparent.js';

/**
 * The broker's side of the gateway. Nothing happens before `start()`.
 *
 * @param journal has been opened; its records of the kinds in `records.ts` belong to the broker's side
 */
export function createUpstream(
  options: UpstreamOptions,
  emit: (event: UpstreamEvent) => void,
  log: UpstreamLog,
  journal: Journal,
  time: Time = realTime,
): Upstream {
  return new Router(options, emit, log, journal, time);
}

class Router implements Upstream {
  #embedded: EmbeddedBroker | undefined;
  #aggregating: Aggregating | undefined;
  #transparent: Transparent | undefined;
  #owed: OwedWills | undefined;
  readonly #heard = new OwnSubscriptions(
    (request) => {
      if (request.op === 'accept') this.#aggregating?.accept(request);
      else this.#aggregating?.request(request);
    },
    (why) =>
      this.log.warn(
        { code: 'OWN_TOPICS_REFUSED' },
        `the broker does not let the gateway listen to its own topics: ${why}`,
      ),
  );
  readonly own: OwnTopics = {
    publish: (topic, payload, retain) =>
      this.#aggregating?.publishOwn(topic, Buffer.from(payload), retain) ?? false,
    listen: (filter, heard) => this.#heard.listen(filter, heard),
  };

  constructor(
    private readonly options: UpstreamOptions,
    private readonly emit: (event: UpstreamEvent) => void,
    private readonly log: UpstreamLog,
    private readonly journal: Journal,
    private readonly time: Time,
  ) {}

  async start(): Promise<string | undefined> {
    const { options, log, time } = this;
    const emit = (event: UpstreamEvent): void => {
      if (!this.#heard.takes(event)) this.emit(event);
    };
    let { servers, version } = options;
    let embeddedUrl: string | undefined;
    if (options.embedded !== undefined) {
      this.#embedded = new EmbeddedBroker(options.embedded.host, options.embedded.port, log);
      embeddedUrl = await this.#embedded.start();
      servers = [embeddedUrl];
      // It speaks 3.1.1 only; asking for 5 would cost an attempt.
      version = 4;
    }
    const brokers = new Brokers(servers, version);
    const gate = new DialGate();
    const ground = sessionGround(this.journal, time, (ms) => options.onRoundTrip(ms));
    const owed = new OwedWills(this.journal, (client, will) =>
      this.#aggregating?.fireWill(client, will),
    );
    this.#owed = owed;
    const former = new FormerFilters(this.journal);
    const around = { options, brokers, gate, emit, log, time, ground, owed, former };
    this.#transparent = new Transparent(around);
    this.#aggregating = new Aggregating(options, brokers, emit, log, time, ground);
    this.#aggregating.start();
    return embeddedUrl;
  }

  request(request: UpstreamRequest): void {
    if (request.op === 'accept') {
      // The device may have changed sides since the message came.
      if (!this.#transparent?.accept(request)) this.#aggregating?.accept(request);
      return;
    }
    // The gateway's own connections are there for all: nobody has to open one.
    if (request.op === 'hold') return this.#transparent?.hold(request);
    if (request.op === 'give-up') return this.#transparent?.giveUp(request);
    if (request.op === 'open') this.#leaveOtherSide(request.client);
    if (isOfDevice(request) && this.#isTransparent(request)) this.#transparent?.request(request);
    else this.#aggregating?.request(request);
  }

  async stop(): Promise<void> {
    const farewells = Promise.all([this.#transparent?.stop(), this.#aggregating?.stop()]);
    let timer: Timer | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = this.time.after(STOP_TIMEOUT_MS, resolve);
    });
    await Promise.race([farewells, tooLong]);
    timer?.cancel();
    await this.#embedded?.stop();
  }

  /** The rules may have changed since the device connected last: nothing stays behind. */
  #leaveOtherSide(client: string): void {
    const isTransparent = this.#wantsTransparent(client);
    const other = isTransparent ? this.#aggregating : this.#transparent;
    if (other?.has(client)) other.request({ op: 'close', client, will: 'discard', forget: true });
    // Also of an earlier run, of which nothing else is left there.
    if (!isTransparent) this.#owed?.settle(client);
  }

  #isTransparent({ op, client }: DeviceRequest): boolean {
    if (op !== 'open' && this.#transparent?.has(client)) return true;
    if (op !== 'open' && this.#aggregating?.has(client)) return false;
    return this.#wantsTransparent(client);
  }

  #wantsTransparent(client: string): boolean {
    return this.options.deviceOf(client).mode === 'transparent';
  }
}

function isOfDevice(
  request: Exclude<UpstreamRequest, { op: 'accept' | 'hold' | 'give-up' }>,
): request is DeviceRequest {
  return request.client !== null;
}
