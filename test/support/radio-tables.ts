/** Tables of README.md that repeat what the code knows of modems, of the law and of air time. */
import { linkText } from '../../src/cli/modem/link-text.js';
import { parseConfig } from '../../src/config/parse.js';
import type { SerialLinkConfig } from '../../src/config/schema.js';
import { maxMessageBytes, modemSettings } from '../../src/config/serial-link.js';
import { createModem, MODEM_NAMES, modemFacts, type ModemName } from '../../src/modems/registry.js';
import { HOUR_MS } from '../../src/radio/limits.js';
import { loraTimeOnAirMs } from '../../src/radio/lora.js';
import { type Band, PLANS, rangeText } from '../../src/radio/plans.js';
import { lora } from './radio/lora-settings.js';

/** One of each form that drivers know. */
const DEVICE_ADDRESSES = ['', '1', '0x0001', '0001', '0013A20040522BAA'];

const SIGNALS = { rssiDbm: 'RSSI', snrDb: 'SNR', lqi: 'LQI' };

export function modemTable(): string {
  const rows = MODEM_NAMES.map((modem) => {
    const { defaultBaudRate, hasAddresses, signal, confirms } = modemFacts(modem);
    return [
      `\`${modem}\``,
      `${defaultBaudRate}`,
      hasAddresses ? 'the modem' : '`addressing`',
      signal.map((name) => SIGNALS[name]).join(', ') || '-',
      confirms ? 'yes' : 'no',
      `${largestMessage(modem)}`,
    ];
  });
  return table(
    ['`modem`', 'Baud rate', 'Sender told by', 'Signal', 'Confirms', 'Largest message'],
    rows,
  );
}

/** Of a link that says no more than it must, without a link header. */
function largestMessage(modem: ModemName): number {
  const text = linkText(modem, { port: '/dev/ttyUSB0', baudRate: undefined });
  const bare = text.replace(/addressing: fe.*/, 'addressing: none');
  const isSaid = bare.includes('addressing:') || modemFacts(modem).hasAddresses;
  const link = serialLink(isSaid ? bare : `${bare}    addressing: none\n`);
  const driver = createModem(modemSettings(link));
  const most = Math.max(...DEVICE_ADDRESSES.map((address) => driver.maxMessageBytes(address)));
  if (most === 0) throw new Error(`no address of modem ${modem} is known here`);
  return Math.min(most, maxMessageBytes(link));
}

function serialLink(text: string): SerialLinkConfig {
  const machine = { env: {}, hostName: 'docs', readFile: () => '' };
  const { config } = parseConfig(text, 'link.yaml', machine);
  const [link] = config?.links ?? [];
  if (link?.type !== 'serial') throw new Error(`no serial link:\n${text}`);
  return link;
}

const LORA = lora({ frequencyHz: 868_000_000, spreadingFactor: 7 });

/** A PUBLISH of a sensor with its link header, and the PUBACK for it. */
const FRAMES = { message: 24, answer: 11 };

const SPREADING_FACTORS = [7, 8, 9, 10, 11, 12];

/** Share of an hour that one transmitter may use. */
const SHARES = [0.01, 0.1];

export function airTimeTable(): string {
  const rows = SPREADING_FACTORS.map((spreadingFactor) => {
    const [messageMs, answerMs] = [FRAMES.message, FRAMES.answer].map((bytes) =>
      loraTimeOnAirMs({ ...LORA, spreadingFactor }, bytes),
    ) as [number, number];
    const answers = SHARES.map((share) => Math.floor((share * HOUR_MS) / answerMs));
    return [spreadingFactor, Math.round(messageMs), Math.round(answerMs), ...answers].map(String);
  });
  const { message, answer } = FRAMES;
  const anHour = SHARES.map((share) => `Answers in an hour at ${percent(share)}`);
  return table(
    ['SF', `Message (${message} octets), ms`, `Answer (${answer} octets), ms`, ...anHour],
    rows,
  );
}

export function dutyCycleTable(): string {
  const plans = [PLANS.EU868, PLANS.EU433];
  const bands = plans
    .flatMap((plan): readonly Band[] => plan.bands)
    .filter(({ keptFor }) => keptFor === undefined);
  const rows = bands.map(({ maxErpDbm, dutyCycle, ...range }) => [
    rangeText(range),
    `${maxErpDbm} dBm ERP`,
    dutyCycle === null ? 'no limit' : percent(dutyCycle),
    dutyCycle === null ? '-' : `${dutyCycle * 3600} s`,
  ]);
  return table(['Band', 'Power', 'Duty cycle', 'Of each hour'], rows);
}

const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return lines.toSpliced(1, 0, `|${'---|'.repeat(head.length)}`).join('\n');
}
