/** What `npm run demo` shows of the field, the air and the broker: a few lines for people. */

/**
 * @typedef {import('../firmware-sim/report.js').Report} Report
 * @typedef {object} Seen what a client at the broker has seen and done
 * @property {number} messages
 * @property {number} commands
 * @property {ReadonlyMap<string, string>} values by device, the latest last
 * @typedef {object} Air of the gateway's modem
 * @property {number} usedSec
 * @property {number} assumedSec of that what an earlier run may have sent
 * @property {number} allowedSec
 * @property {number} queuedFrames
 */

/** Values of more devices would be a wall of numbers. */
const VALUES_SHOWN = 4;

/**
 * @param {Report} report
 * @param {Seen} seen
 * @param {Air | undefined} air undefined: the gateway did not tell
 */
export function summaryText({ seconds, devices, messages, troubles, modems }, seen, air) {
  const { asleep, active, disconnected, off } = devices;
  const away = disconnected + off;
  const lost = modems.flatMap((modem) => Object.entries(modem.lost)).filter(([, count]) => count);
  const losses = lost.map(([why, count]) => `${count} ${why}`).join(', ');
  const rows = [
    ['sensors', `${asleep} asleep, ${active} awake${away > 0 ? `, ${away} not connected` : ''}`],
    [
      'up',
      `${messages.sent} measurements, ${messages.acknowledged} acknowledged; ${seen.messages} at the broker`,
    ],
    ['down', `${seen.commands} commands given, ${messages.received} fetched at a wake-up`],
    ...(air === undefined ? [] : [['air', airText(air)]]),
    ['trouble', `${troubles.repeats} requests sent again; frames lost: ${losses || 'none'}`],
    ['latest', valuesText(seen.values)],
  ];
  return rows
    .map(
      ([name = '', text], row) =>
        `${row === 0 ? clock(seconds) : ''}`.padEnd(9) + `${name.padEnd(9)}${text}`,
    )
    .join('\n');
}

/** @param {Air} air */
function airText({ usedSec, assumedSec, allowedSec, queuedFrames }) {
  const sentSec = usedSec - assumedSec;
  const share = ((100 * sentSec) / allowedSec).toFixed(1);
  // As a gateway does whose journal begins; an operator is told by AIR_TIME_UNKNOWN.
  const assumed =
    assumedSec > 0
      ? `; ${assumedSec.toFixed(0)} s left to a run before, of which nothing is known`
      : '';
  const waiting = queuedFrames > 0 ? `; ${queuedFrames} frames wait` : '';
  return `${sentSec.toFixed(1)} s of the ${allowedSec} s that the law allows the gateway in an hour (${share} %)${assumed}${waiting}`;
}

/** @param {ReadonlyMap<string, string>} values */
function valuesText(values) {
  const latest = [...values].slice(-VALUES_SHOWN).reverse();
  return latest.map(([device, value]) => `${device} ${value}`).join(', ') || 'nothing yet';
}

/**
 * `1:05`
 * @param {number} seconds
 */
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
