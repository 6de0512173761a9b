/** Predefined topics as constants of C: an id that stands in one place cannot be mistyped in another. */
import type { Config } from './schema.js';
import { CLIENT_ID_TEMPLATE } from './kinds.js';

type PredefinedTopic = Config['topics']['predefined'][number];

const PREFIX = 'MQTTSN_TOPIC_';

/** C promises to tell names apart by so many characters (C11, 5.2.4.1). */
const NAME_CHARS_MAX = 63;

const HEAD = `\
/* Predefined topics, made by \`mqttsn-gateway topics export --c-header\`: change the configuration of the gateway, not this. */
#ifndef MQTTSN_TOPICS_H
#define MQTTSN_TOPICS_H
`;

const TAIL = '#endif\n';

export function cHeader(topics: readonly PredefinedTopic[]): string {
  const names = constantsOf(topics);
  const definitions = topics.map((topic, at) => definition(topic, names[at] ?? ''));
  return [HEAD, ...definitions, TAIL].join('\n');
}

function definition({ id, topic, clients }: PredefinedTopic, name: string): string {
  const devices = clients === undefined ? 'all devices' : clients.join(', ');
  return `/* ${inComment(`${topic}, for ${devices}`)} */\n#define ${name} ${id}\n`;
}

/**
 * The name of each topic's id. Topics that would have the same name, or none, have their id in it; what is the same
 * even then is counted.
 */
export function constantsOf(topics: readonly PredefinedTopic[]): string[] {
  const plain = topics.map(plainName);
  const used = new Set<string>();
  return topics.map(({ id }, at) => {
    const own = plain[at] ?? PREFIX;
    const isClear = own !== PREFIX && plain.indexOf(own) === plain.lastIndexOf(own);
    const base = isClear ? own : `${own.replace(/_$/, '')}_${id}`;
    let name = base;
    for (let count = 2; used.has(name); count++) name = `${base}_${count}`;
    used.add(name);
    return name;
  });
}

function plainName({ topic }: PredefinedTopic): string {
  const words = topic.replaceAll(CLIENT_ID_TEMPLATE, '').split(/[^A-Za-z0-9]+/);
  const name = words
    .filter((word) => word !== '')
    .join('_')
    .toUpperCase();
  return `${PREFIX}${name}`.slice(0, NAME_CHARS_MAX);
}

/** Neither an end of the comment, nor a line that a preprocessor would go on with. */
const inComment = (text: string): string =>
  text
    .replaceAll('*/', '* /')
    .replaceAll('/*', '/ *')
    .replace(/\p{Cc}+/gu, ' ');
