/** `pub`: publishes like mosquitto_pub, over MQTT-SN. */
import type { Command } from 'commander';
import { namedTopic, type Topic } from '../client/topic.js';
import { isValidTopic, type Qos } from '../codec/index.js';
import { publishQos, topicId } from './arguments.js';
import { EXIT } from './exit-codes.js';
import { type PayloadOptions, payloads, sourceCount } from './payloads.js';
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

interface PubOptions extends SessionOptions, PayloadOptions {
  topic?: string;
  topicId?: number;
  qos: Qos;
  retain?: true;
}

export function registerPub(program: Command, terminal: Terminal = processTerminal): void {
  const command = program
    .command('pub')
    .description('publish messages to an MQTT-SN gateway')
    .option('-t, --topic <topic>', 'topic; a name of two octets travels as a short topic')
    .option('-T, --topic-id <id>', 'predefined topic id, instead of -t', topicId)
    .option('-m, --message <text>', 'the message')
    .option('-f, --file <file>', 'send the contents of a file')
    .option('-l, --stdin-line', 'send each line of standard input as one message')
    .option('-n, --null-message', 'send an empty message')
    .option('-s, --stdin-file', 'send all of standard input as one message')
    .option('-q, --qos <qos>', 'QoS; -1 publishes without a session', publishQos, 0)
    .option('-r, --retain', 'the broker keeps the message for later subscribers');
  addSessionOptions(command).action(async (options: PubOptions) => {
    checkSessionOptions(options, command);
    const topic = topicOf(options, command);
    terminal.exitWith(await run(options, topic, terminal));
  });
}

/** Checks what is to be published where; ends in commander's error. */
function topicOf(options: PubOptions, command: Command): Topic {
  const fail = (text: string): never => usageError(command, text);
  const { topic: name, topicId: id, qos } = options;
  if (sourceCount(options) !== 1) fail('give the message by one of -m, -f, -l, -n or -s');
  if ((name === undefined) === (id === undefined)) fail('give the topic by one of -t or -T');
  if (name === undefined) return { kind: 'predefined', id: id ?? 0 };
  if (!isValidTopic(name)) fail(`"${name}" cannot be published to: it is empty or has a wildcard`);
  const topic = namedTopic(name);
  if (qos === -1 && topic.kind === 'name') {
    fail(
      `QoS -1 has no session in which "${name}" could be registered: ` +
        'use a predefined topic id (-T) or a topic of two octets',
    );
  }
  return topic;
}

async function run(options: PubOptions, topic: Topic, terminal: Terminal): Promise<number> {
  try {
    return await withSession(
      options,
      terminal,
      () => {},
      (session) => publishAll(session, options, topic, terminal),
    );
  } finally {
    // An input that is still open would keep the process alive.
    if (options.stdinLine || options.stdinFile) terminal.input.destroy();
  }
}

async function publishAll(
  session: Session,
  options: PubOptions,
  topic: Topic,
  terminal: Terminal,
): Promise<number> {
  const { client } = session;
  const hasSession = options.qos !== -1;
  let isPublishing = hasSession;
  const publish = async (): Promise<void> => {
    if (hasSession) await client.connect();
    isPublishing = false;
    for await (const payload of payloads(options, terminal.input)) {
      isPublishing = true;
      await client.publish(topic, payload, options.qos, options.retain ?? false);
      isPublishing = false;
    }
  };
  const fail = session.ended.then((error) => {
    throw error;
  });
  const outcome = await Promise.race([publish(), session.interrupted, fail]);
  if (outcome === 'interrupted' && isPublishing) {
    terminal.err('interrupted: the last message was not acknowledged');
  }
  if (hasSession) await leave(client, options);
  else await Promise.race([client.settle(), fail]);
  return isPublishing || session.wasRefused ? EXIT.failed : EXIT.ok;
}
