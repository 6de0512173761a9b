import type { Device, DeviceRow, Devices } from '../../http/api/schema/devices.js';
import type { Payload } from '../../http/api/schema/kinds.js';
import { count, quoted } from '../../observe/explain/text.js';
import { plain } from '../../spelling/plain.js';
import { dueText, list, relative, signalWords, table } from './words.js';

const HEADS = ['DEVICE', 'STATE', 'HEARD', 'DUE', 'WAITING', 'SIGNAL', 'LINK', 'WHY'];

/** What `devices` prints. */
export function devicesText({ nowMs, devices }: Devices): string {
  const rows = devices.map((row) => [
    plain(row.client),
    row.state,
    relative(row.heardAtMs, nowMs),
    dueText(row.dueAtMs, nowMs),
    String(row.buffered.messages),
    signalWords(row.signal),
    plain(row.link ?? '-'),
    plain(row.why ?? '-'),
  ]);
  return table(HEADS, rows);
}

/** What `device` prints: the answer to "why is it silent?" first. */
export function deviceText(device: Device): string {
  const { nowMs, exchange, will, topicIds, subscriptions, messages, notices } = device;
  const parts = [
    list([
      ['device', plain(device.client)],
      ['state', `${device.state}${sinceText(device)}`],
      ['warning', warningText(device)],
      ['place', placeText(device)],
      ['heard', relative(device.heardAtMs, nowMs)],
      ['due', device.dueAtMs === null ? null : dueText(device.dueAtMs, nowMs)],
      ['given up', device.givenUpAtMs === null ? null : relative(device.givenUpAtMs, nowMs)],
      ['period', periodText(device)],
      ['signal', device.signal === null ? null : signalWords(device.signal)],
      ['waiting', waitingText(device)],
      ['not answered', exchange && exchangeText(exchange)],
      ['retries', device.retries === 0 ? null : String(device.retries)],
      ['will', will && `${quoted(will.topic)}, QoS ${will.qos}, ${payloadWords(will.payload)}`],
      ['approved', device.isApproved ? 'by the operator' : null],
    ]),
    section(
      ['TOPIC ID', 'KIND', 'KNOWN', 'TOPIC'],
      topicIds.map(({ id, kind, isConfirmed, isRefused, topic }) => [
        String(id),
        kind,
        isRefused ? 'refused' : isConfirmed ? 'yes' : 'no',
        plain(topic),
      ]),
    ),
    section(
      ['SUBSCRIPTION', 'QOS'],
      subscriptions.map(({ filter, qos }) => [plain(filter), String(qos)]),
    ),
    section(
      ['MESSAGE', 'WAY', 'QOS', 'TOPIC', 'PAYLOAD'],
      messages.map(({ atMs, direction, qos, topic, payload }) => [
        relative(atMs, nowMs),
        direction,
        String(qos),
        plain(topic),
        payloadWords(payload),
      ]),
    ),
    section(
      ['NOTICE', 'LEVEL', 'CODE', 'TEXT'],
      notices.map(({ atMs, level, code, message }) => [
        relative(atMs, nowMs),
        level,
        code,
        plain(message),
      ]),
    ),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

const section = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  rows.length === 0 ? '' : table(heads, rows);

function sinceText({ sinceMs, why, nowMs }: Device): string {
  const since = sinceMs === null ? '' : ` since ${relative(sinceMs, nowMs)}`;
  return why === null ? since : `${since}: ${plain(why)}`;
}

const warningText = ({ warning, nowMs }: Device): string | null =>
  warning && `${relative(warning.atMs, nowMs)}: ${plain(warning.message)}`;

const placeText = ({ link, address }: DeviceRow): string | null =>
  link === null ? null : plain(`${link} ${address ?? ''}`);

function periodText({ keepAliveSec, sleepSec }: Device): string | null {
  if (keepAliveSec === null) return null;
  const keepAlive = keepAliveSec === 0 ? 'no keep alive' : `keep alive ${keepAliveSec} s`;
  return sleepSec === null ? keepAlive : `sleeps ${sleepSec} s, ${keepAlive}`;
}

const PAUSES = {
  'no-answer': '; they wait because it does not answer',
  congestion: '; they wait because it wants to be left alone',
} as const;

function waitingText({ buffered, paused, nowMs }: Device): string {
  if (buffered.messages === 0) return 'nothing';
  const oldest = buffered.oldestAtMs;
  const age = oldest === null ? '' : `, the oldest came ${relative(oldest, nowMs)}`;
  return `${count(buffered.messages, 'message')}${age}${paused === null ? '' : PAUSES[paused]}`;
}

function exchangeText({ message, topic, msgId, retries }: NonNullable<Device['exchange']>): string {
  const on = topic === null ? '' : ` on ${quoted(topic)}`;
  return `${message}${on}, message id ${msgId}, sent again ${count(retries, 'time')}`;
}

function payloadWords({ bytes, text, hex, isCut }: Payload): string {
  if (bytes === 0) return 'empty';
  return `${text === null ? hex : quoted(text)}${isCut ? ' …' : ''} (${count(bytes, 'octet')})`;
}
