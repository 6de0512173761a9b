import type { LinkOverview, Overview } from '../../http/api/schema/overview.js';
import { count } from '../../observe/explain/text.js';
import { plain } from '../../spelling/plain.js';
import { lasting, list, relative, signalWords, table } from './words.js';

/** What `status` prints. */
export function statusText(overview: Overview): string {
  const { nowMs, gateway, broker, store, buffered, outbox, links, sessions } = overview;
  const since = (ms: number): string => lasting(nowMs - ms);
  const name = `${plain(gateway.name)}, id ${gateway.gwId}, version ${gateway.version}`;
  const devices = Object.entries(sessions)
    .filter(([, number]) => number > 0)
    .map(([state, number]) => `${number} ${state}`);
  return [
    list([
      ['gateway', `${name}, for ${since(gateway.startedAtMs)}`],
      ['ready', gateway.isReady ? 'yes' : `no: ${gateway.reasons.join(', ')}`],
      [
        'broker',
        `${brokerText(overview)} for ${since(broker.sinceMs)}${detailText(broker.detail)}`,
      ],
      ['store', `${store.state} for ${since(store.sinceMs)}${detailText(store.detail)}`],
      ['devices', devices.join(', ') || 'none'],
      [
        'waiting',
        `${count(buffered.messages, 'message')} for devices, ${outbox.messages} for the broker`,
      ],
    ]),
    table(
      HEADS,
      links.map((link) => linkRow(link, nowMs)),
    ),
    ...links.flatMap(({ name: link, trouble }) =>
      trouble === null ? [] : [`${link}: ${plain(trouble.message)} [${trouble.code}]\n`],
    ),
  ].join('\n');
}

const brokerText = ({ broker: { server, mode, isUp } }: Overview): string =>
  `${plain(server)} (${mode}), ${isUp ? 'connected' : 'away'}`;

const detailText = (detail: string | null): string => (detail === null ? '' : `: ${plain(detail)}`);

const HEADS = ['LINK', 'STATE', 'IN', 'OUT', 'DEVICES', 'HEARD', 'SIGNAL', 'AIR TIME'];

function linkRow(link: LinkOverview, nowMs: number): string[] {
  const { name, state, isCongested, received, sent, devices, heardAtMs, signal } = link;
  return [
    plain(name),
    isCongested ? `${state}, congested` : state,
    `${received.frames} (${received.framesPerSec}/s)`,
    `${sent.frames} (${sent.framesPerSec}/s)`,
    String(devices),
    relative(heardAtMs, nowMs),
    signalWords(signal),
    airText(link),
  ];
}

function airText({ airTime }: LinkOverview): string {
  if (airTime === null) return '-';
  const { usedSec, allowedSec, queuedFrames } = airTime;
  const allowed = allowedSec === null ? '' : ` of ${allowedSec.toFixed(0)} s`;
  const queued = queuedFrames === 0 ? '' : `, ${count(queuedFrames, 'frame')} waiting`;
  return `${usedSec.toFixed(1)}${allowed === '' ? ' s' : allowed}${queued}`;
}
