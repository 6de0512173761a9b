/**
 * The pure part: decode, session, topic, encode. The yardstick is what Node itself needs to receive
 * a datagram, 2.2 µs on the machine of our notes: the target is half of that.
 */
import { encode } from '../src/codec/index.js';
import { toCoreConfig } from '../src/config/core-config.js';
import { loadConfig } from '../src/config/load.js';
import type { Config } from '../src/config/schema.js';
import type { CoreConfig } from '../src/core/config.js';
import { createCore } from '../src/core/core.js';
import type { GatewayCore, UpstreamRequest } from '../src/core/types.js';
import { connectFrame, registerFrame } from './frames.js';
import { median, type Row } from './table.js';

const MESSAGES = 400_000;
const ROUNDS = 7;
const TARGET_NS = 1000;

/** The defaults, with no limit in the way. */
const CONFIG: CoreConfig = {
  ...toCoreConfig(defaultConfig()),
  limits: { devices: 20_000, datagramsPerSecondPerDevice: 1_000_000_000 },
};

function defaultConfig(): Config {
  const { config } = loadConfig(undefined, {});
  if (config === undefined) throw new Error('the default configuration is not valid');
  return config;
}

const PAYLOAD = new TextEncoder().encode('{"temperature":21.5}');

export async function benchCore(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const sessions of [1, 10_000]) {
    for (const qos of [0, 1] as const) {
      const ns = median(Array.from({ length: ROUNDS }, () => measure(sessions, qos)));
      rows.push({
        what: `PUBLISH at QoS ${qos}, ${sessions.toLocaleString('en')} sessions`,
        value: `${ns.toFixed(0)} ns`,
        target: `< ${TARGET_NS} ns`,
        met: ns < TARGET_NS,
      });
    }
  }
  return rows;
}

const addressOf = (i: number): string => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:1883`;

function measure(sessions: number, qos: 0 | 1): number {
  const core = createCore(CONFIG);
  core.step({ kind: 'upstream', event: { event: 'availability', up: true } }, 0);
  for (let i = 0; i < sessions; i++) connect(core, i);
  const addresses = Array.from({ length: sessions }, (_, i) => addressOf(i));
  const frames = Array.from({ length: 256 }, (_, i) =>
    encode({
      type: 'PUBLISH',
      dup: false,
      qos,
      retain: false,
      topicIdType: 0,
      topicId: 1,
      msgId: qos === 0 ? 0 : i + 1,
      data: PAYLOAD,
    }),
  );
  const start = process.hrtime.bigint();
  for (let i = 0; i < MESSAGES; i++) {
    const now = 1000 + (i >> 8);
    const effects = core.step(
      {
        kind: 'datagram',
        link: 'lan',
        address: addresses[i % sessions] as string,
        data: frames[Math.floor(i / sessions) & 255] as Uint8Array,
      },
      now,
    );
    const effect = effects[0];
    if (effect?.kind !== 'upstream' || effect.request.op !== 'publish') {
      throw new Error(`message ${i} was not published: ${JSON.stringify(effects)}`);
    }
    if (qos === 1) {
      const { token, client } = effect.request;
      core.step({ kind: 'upstream', event: { event: 'published', token, client } }, now);
    }
  }
  return Number(process.hrtime.bigint() - start) / MESSAGES;
}

function connect(core: GatewayCore, i: number): void {
  const send = (data: Uint8Array) =>
    core.step({ kind: 'datagram', link: 'lan', address: addressOf(i), data }, 0);
  const effects = send(connectFrame(`device-${i}`));
  const open = effects
    .map((effect) => (effect.kind === 'upstream' ? effect.request : undefined))
    .find((request): request is UpstreamRequest & { op: 'open' } => request?.op === 'open');
  if (open === undefined) throw new Error('no session was opened');
  core.step(
    { kind: 'upstream', event: { event: 'opened', token: open.token, client: open.client } },
    0,
  );
  send(registerFrame(`sensors/${i}/temperature`));
}
