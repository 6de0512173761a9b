import { cHeader, constantsOf } from '../../../config/c-header.js';
import type { Config } from '../../../config/schema.js';
import type { ExportQuery, Topics } from '../schema/topics.js';

export function topicsView({ topics: { predefined } }: Config): Topics {
  const constants = constantsOf(predefined);
  return {
    predefined: predefined.map(({ id, topic, clients = null }, at) => ({
      id,
      topic,
      clients,
      constant: constants[at] ?? '',
    })),
  };
}

/** A file for the firmware of devices, as `topics export` prints it. */
export function topicsFile(
  { topics: { predefined } }: Config,
  format: ExportQuery['format'],
): { name: string; type: string; text: string } {
  return format === 'json'
    ? { name: 'topics.json', type: 'application/json', text: topicsJson(predefined) }
    : { name: 'mqttsn_topics.h', type: 'text/x-c; charset=utf-8', text: cHeader(predefined) };
}

const topicsJson = (predefined: Config['topics']['predefined']): string =>
  `${JSON.stringify(predefined, null, 2)}\n`;
