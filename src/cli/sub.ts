/** `sub`: prints messages like mosquitto_sub, over MQTT-SN, also as a device that sleeps. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Client } from '../client/client.js';
import { SessionEnded } from '../client/errors.js';
import type { Received } from '../client/inbound.js';
import { namedTopic, type Topic } from '../client/topic.js';
import { isValidFilter } from '../codec/index.js';
import { collect, sessionQos, topicId, wholeNumber } from './arguments.js';
import { EXIT } from './exit-codes.js';
import {
  addSessionOptions,
  checkSessionOptions,
  leave,
  type Session,
  type SessionOptions,
  usageError,
  withSession,
} from './session.js';
import { processTerminal, type Terminal } from './terminal.js';

interface SubOptions extends SessionOptions {
  topic?: string[];
  topicId?: number[];
  qos: 0 | 1 | 2;
  count?: number;
  one?: true;
  sleep?: number;
  verbose?: true;
}

/** A gateway that ends the session twice within this time will not have us. */
const RECONNECT_GAP_MS = 60_000;

export function registerSub(program: Command, terminal: Terminal = processTerminal): void {
  const command = program
    .command('sub')
    .description('subscribe at an MQTT-SN gateway and print what comes')
    .option(
      '-t, --topic <filter>',
      'topic or filter, may be repeated; a name of two octets travels as a short topic',
      collect(String),
    )
    .option('-T, --topic-id <id>', 'predefined topic id, may be repeated', collect(topicId))
    .option('-q, --qos <qos>', 'QoS to subscribe with', sessionQos, 0)
    .option('-C, --count <messages>', 'exit after so many', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('-1, --one', 'exit after one message')
    .option(
      '--sleep <seconds>',
      'sleep, wake up to fetch what waits, and so on',
      wholeNumber(1, 65535),
    )
    .option('-v, --verbose', 'print the topic before the message');
  addSessionOptions(command).action(async (options: SubOptions) => {
    checkSessionOptions(options, command);
    const topics = topicsOf(options, command);
    terminal.exitWith(await run(options, topics, terminal));
  });
}

/** Checks what is to be subscribed; ends in commander's error. */
function topicsOf({ topic = [], topicId = [] }: SubOptions, command: Command): Topic[] {
  const wrong = topic.find((filter) => !isValidFilter(filter));
  if (wrong !== undefined) {
    usageError(command, `"${wrong}" is no topic filter: + fills a level, # is the last level`);
  }
  const topics: Topic[] = [
    ...topic.map(namedTopic),
    ...topicId.map((id) => ({ kind: 'predefined' as const, id })),
  ];
  if (topics.length === 0) usageError(command, 'name at least one topic by -t or -T');
  return topics;
}

async function run(options: SubOptions, topics: Topic[], terminal: Terminal): Promise<number> {
  const limit = options.one ? 1 : (options.count ?? Number.POSITIVE_INFINITY);
  let printed = 0;
  let finish: (why: 'finished') => void = () => {};
  const finished = new Promise<'finished'>((resolve) => {
    finish = resolve;
  });
  const take = (message: Received): void => {
    if (printed >= limit) return;
    print(message, options, terminal);
    if (++printed === limit) finish('finished');
  };
  return withSession(options, terminal, take, async (session) => {
    await stayUntil(
      Promise.race([finished, session.interrupted]),
      session,
      options,
      topics,
      terminal,
    );
    await leave(session.client, options);
    return EXIT.ok;
  });
}

/** Stays subscribed until `done`; connects again when the gateway forgot us. */
async function stayUntil(
  done: Promise<unknown>,
  session: Session,
  options: SubOptions,
  topics: Topic[],
  terminal: Terminal,
): Promise<void> {
  let lastEndMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    const leaving = new AbortController();
    try {
      const ended = session.ended.then((error) => {
        throw error;
      });
      const life = live(session.client, options, topics, leaving.signal);
      await Promise.race([done, ended, life.then(() => done)]);
      return;
    } catch (error) {
      const nowMs = performance.now();
      if (!(error instanceof SessionEnded) || nowMs - lastEndMs < RECONNECT_GAP_MS) throw error;
      lastEndMs = nowMs;
      terminal.err(`${error.message}; connecting again`);
      session.renew();
    } finally {
      leaving.abort();
    }
  }
}

/** Connects and subscribes; with `--sleep` goes on until `signal`, waking up now and then. */
async function live(
  client: Client,
  { qos, sleep }: SubOptions,
  topics: Topic[],
  signal: AbortSignal,
): Promise<void> {
  await client.connect();
  for (const topic of topics) await client.subscribe(topic, qos);
  if (sleep === undefined) return;
  await client.sleep(sleep);
  while (!signal.aborted) {
    await delay(sleep * 1000, undefined, { signal }).catch(() => {});
    if (!signal.aborted) await client.wake();
  }
}

function print({ topic, payload }: Received, { verbose }: SubOptions, terminal: Terminal): void {
  const head = verbose ? `${topic} ` : '';
  terminal.out(Buffer.concat([Buffer.from(head), payload, Buffer.from('\n')]));
}
