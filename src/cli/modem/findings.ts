/** What a probe has found, in words. */
import type { Nonsense, ProbeResult } from '../../modems/probe/probe.js';
import type { Speaker } from '../../modems/speaker/speaker.js';
import type { ModemName } from '../../modems/registry.js';
import { linkText } from './link-text.js';

type FoundModem = Speaker & { modem: ModemName };

/** YAML as a whole: the words are comments. */
export function foundText(port: string, speaker: FoundModem, baudRate: number | undefined): string {
  const { modem, advice, setting } = speaker;
  const comments = [`found ${whatText(speaker)}${rateText(baudRate)}`, ...(advice ? [advice] : [])];
  return [
    ...comments.map((line) => `# ${line}\n`),
    linkText(modem, { port, baudRate, setting }),
  ].join('');
}

/** One object; `link` is text for a configuration, null when there is none. */
export function jsonText(port: string, { speaker, baudRate, nonsense }: ProbeResult): string {
  const { modem, what, version, advice, setting } = speaker ?? {};
  const answer = {
    port,
    modem: modem ?? null,
    what: what ?? null,
    version: version ?? null,
    baudRate: baudRate ?? null,
    advice: advice ?? null,
    nonsense,
    link: modem === undefined ? null : linkText(modem, { port, baudRate, setting }),
  };
  return `${JSON.stringify(answer)}\n`;
}

/** What to do when there is no modem for us. */
export function adviceText(port: string, { speaker, baudRate, nonsense }: ProbeResult): string[] {
  if (speaker !== undefined)
    return [
      `on ${port} is ${whatText(speaker)}${rateText(baudRate)}`,
      ...(speaker.advice === undefined ? [] : [speaker.advice]),
    ];
  return [
    `nothing that is known answers on ${port}`,
    ...nonsense.map(nonsenseText),
    '- is it the right port? See `mqttsn-gateway ports`',
    '- has the modem power, and is its TX wired to RX and its RX to TX?',
    '- is its baud rate another one? Try --all, or --baudrate if you know it',
    '- transparent modems (EBYTE, HC-12) and bridges with firmware of your own cannot be asked. Let a device send while the probe listens, or name the modem yourself: ebyte-transparent, ebyte-fixed, raw, slip, cobs or hdlc',
  ];
}

const whatText = ({ what, version }: Speaker): string =>
  version === undefined ? what : `${what} (${version})`;

const rateText = (baudRate: number | undefined): string =>
  baudRate === undefined ? '' : `, at ${baudRate} baud`;

function nonsenseText({ baudRate, bytes, text }: Nonsense): string {
  const came = `- ${bytes} octets came${rateText(baudRate)}`;
  if (text === undefined || text === '')
    return `${came} that are no text and no frames: most likely the baud rate is another one`;
  return `${came} that are text of something else: "${text}"`;
}
