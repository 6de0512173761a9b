/** Lines of text, as modems with commands and some other devices speak them. */
import { isPrintable, LF, CR, textOf } from '../../framing/text-lines.js';
import type { Speaker } from './speaker.js';

interface TextLanguage extends Speaker {
  pattern: RegExp;
  /** One of its groups is the version. */
  versionPattern?: RegExp;
}

/** Not behind a letter: the answer of RUI3 to `AT+VER=?` is `AT+VER=`. */
const PLUS = '(?<![A-Z])\\+';

/** In the order of how sure they are. */
const TEXT_LANGUAGES: readonly TextLanguage[] = [
  {
    modem: 'rn2483',
    what: 'a Microchip RN2483 or RN2903',
    pattern: /RN2[49]\d3 \d|radio_(?:rx|tx|err)|invalid_param/,
    versionPattern: /(RN2[49]\d3 \d+\.\d+\.\d+)/,
  },
  {
    modem: 'rui3',
    what: 'a RAKwireless module with RUI3',
    pattern: /AT_(?:[A-Z]+_|ERROR)|\+EVT:|RAKwireless|RUI_|AT\+VER=[^?\r\n]/,
    versionPattern: /(RUI_[\w.-]+)|AT\+VER=([^?\r\n][^\r\n]*)/,
  },
  {
    modem: 'rylr',
    what: 'a REYAX RYLR module',
    pattern: new RegExp(`${PLUS}(?:OK|READY|VER=|RCV=|ERR=\\d)`),
    versionPattern: new RegExp(`${PLUS}VER=([^\\r\\n]+)`),
  },
  {
    modem: undefined,
    what: 'a GPS receiver, no radio modem',
    pattern: /\$G[ABLNP][A-Z]{3},/,
  },
  {
    modem: undefined,
    what: 'the console of a computer',
    pattern: /login: |Password: |U-Boot|Linux version /,
    advice: 'on a Raspberry Pi, switch the console on this port off: sudo raspi-config',
  },
];

/** Text with errors is still text; another baud rate makes octets of which few are printable. */
const TEXT_SHARE = 0.7;
/** How much of a text is worth repeating. */
const QUOTED_CHARACTERS_MAX = 40;

export function speakerOfText(heard: Uint8Array): Speaker | undefined {
  const text = textOf(heard);
  const language = TEXT_LANGUAGES.find(({ pattern }) => pattern.test(text));
  if (language === undefined) return undefined;
  const { pattern: _pattern, versionPattern, ...speaker } = language;
  const version = versionPattern
    ?.exec(text)
    ?.slice(1)
    .find((group) => group !== undefined);
  return { ...speaker, ...(version === undefined ? {} : { version }) };
}

/** Its beginning, for people; undefined: it is no text. */
export function quotedText(heard: Uint8Array): string | undefined {
  const isText = (octet: number): boolean => isPrintable(octet) || octet === LF || octet === CR;
  if (heard.filter(isText).length < TEXT_SHARE * heard.length) return undefined;
  const text = textOf(heard)
    .replace(/[^ -~]+/g, ' ')
    .trim();
  return text.slice(0, QUOTED_CHARACTERS_MAX);
}
