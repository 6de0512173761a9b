/**
 * A restart with much to remember: the built gateway on a journal with ten thousand sleepers and a
 * hundred thousand messages for them. The journal is made by the same core and store, without a broker.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode, type Message } from '../src/codec/index.js';
import { toCoreConfig } from '../src/config/core-config.js';
import { loadConfig } from '../src/config/load.js';
import { createCore } from '../src/core/core.js';
import type { Effect, GatewayCore, Input } from '../src/core/types.js';
import { Clock, thisMachine } from '../src/gateway/clock.js';
import { createStore } from '../src/store/index.js';
import type { Store } from '../src/store/journal.js';
import { freePort, Program } from './process.js';
import type { Row } from './table.js';

const SESSIONS = 10_000;
const MESSAGES_EACH = 10;
const SLEEP_SEC = 36_000;
const PAYLOAD = new Uint8Array(100).fill(0x61);
const READY_TARGET_MS = 3000;
/** Twice the messages may cost twice the memory, and what Node leaves lying about. */
const GROWTH_TARGET = 2.2;
const MIB = 1024 * 1024;

export async function benchRestart(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-restart-'));
  const empty = await restart(folder, 'empty');
  await fill(join(folder, 'half'), MESSAGES_EACH / 2);
  const half = await restart(folder, 'half');
  await fill(join(folder, 'full'), MESSAGES_EACH);
  const full = await restart(folder, 'full');
  rmSync(folder, { recursive: true, force: true });
  const messages = SESSIONS * MESSAGES_EACH;
  const halfBytes = half.residentBytes - empty.residentBytes;
  const fullBytes = full.residentBytes - empty.residentBytes;
  return [
    {
      what: `ready with ${SESSIONS.toLocaleString('en')} sessions, ${messages.toLocaleString('en')} messages`,
      value: `${full.ms.toFixed(0)} ms`,
      yardstick: `empty journal ${empty.ms.toFixed(0)} ms`,
      ratio: full.ms / empty.ms,
      target: `< ${READY_TARGET_MS} ms`,
      met: full.ms < READY_TARGET_MS,
    },
    {
      what: 'resident then, beyond the empty gateway',
      value: `${(fullBytes / MIB).toFixed(0)} MiB`,
      yardstick: `half the messages ${(halfBytes / MIB).toFixed(0)} MiB`,
      ratio: fullBytes / halfBytes,
      target: `< ${GROWTH_TARGET}`,
      met: fullBytes / halfBytes < GROWTH_TARGET,
    },
  ];
}

async function restart(folder: string, store: string) {
  const file = join(folder, `${store}.yaml`);
  const [udp, broker] = [await freePort(), await freePort()];
  writeFileSync(
    file,
    `mqtt: { server: 'mqtt://127.0.0.1:${broker}' }
links: [{ name: lan, type: udp, listen: '127.0.0.1:${udp}' }]
store: { path: '${join(folder, store)}' }
log: { level: error, format: json }
`,
  );
  const start = performance.now();
  const args = ['dist/main.js', 'run', '-c', file];
  const gateway = await Program.start(process.execPath, args, 'ready: ');
  const ms = performance.now() - start;
  const residentBytes = gateway.residentBytes();
  await gateway.stop();
  return { ms, residentBytes };
}

/** Sessions, subscriptions and messages as the gateway itself would keep them. */
async function fill(path: string, messagesEach: number): Promise<void> {
  const { config } = loadConfig(undefined, {});
  if (config === undefined) throw new Error('the default configuration is not valid');
  const store = createStore(path, {
    onProblem: ({ detail }) => {
      throw new Error(detail);
    },
  });
  await store.open();
  const clock = new Clock(store, thisMachine());
  clock.start();
  const core = createCore(toCoreConfig(config));
  const feed = (input: Input): void => keep(store, core, core.step(input, clock.now()), clock);
  feed({ kind: 'upstream', event: { event: 'availability', up: true } });
  for (let i = 0; i < SESSIONS; i++) {
    sleeper(feed, i, messagesEach);
    if (i % 100 === 0) await new Promise<void>((resolve) => store.afterCommit(resolve));
  }
  clock.stop();
  await store.close();
}

function sleeper(feed: (input: Input) => void, i: number, messages: number): void {
  const client = `sensor-${i}`;
  const address = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:1883`;
  const say = (message: Message): void =>
    feed({ kind: 'datagram', link: 'lan', address, data: encode(message) });
  say({
    type: 'CONNECT',
    will: false,
    cleanSession: false,
    protocolId: 1,
    duration: 60,
    clientId: client,
  });
  const topicName = `commands/${client}`;
  say({ type: 'SUBSCRIBE', dup: false, qos: 1, topicIdType: 0, msgId: 1, topicName });
  say({ type: 'DISCONNECT', duration: SLEEP_SEC });
  for (let n = 0; n < messages; n++) {
    feed({
      kind: 'upstream',
      event: {
        event: 'message',
        client,
        token: i * MESSAGES_EACH + n + 1,
        topic: topicName,
        payload: PAYLOAD,
        qos: 1,
        retain: false,
      },
    });
  }
}

/** Does what the gateway does with effects: writes go to the journal, the broker says yes to everything. */
function keep(store: Store, core: GatewayCore, effects: readonly Effect[], clock: Clock): void {
  const feed = (input: Input): void => keep(store, core, core.step(input, clock.now()), clock);
  for (const effect of effects) {
    if (effect.kind === 'journal') {
      for (const { key, value } of effect.writes) {
        if (value === undefined) store.delete(key);
        else store.put(key, value);
      }
      const { number } = effect;
      if (number !== undefined) feed({ kind: 'store', event: { event: 'committed', number } });
    } else if (effect.kind === 'upstream') {
      const { request } = effect;
      if (request.op === 'open') {
        const { token, client } = request;
        feed({ kind: 'upstream', event: { event: 'opened', token, client } });
      } else if (request.op === 'subscribe') {
        const { token, client, qos } = request;
        feed({
          kind: 'upstream',
          event: { event: 'subscribed', token, client, grantedQos: qos },
        });
      }
    }
  }
}
