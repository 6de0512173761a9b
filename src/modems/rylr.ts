/**
 * REYAX RYLR896, RYLR998 and their clones. They have addresses of their own, confirm what was sent, and
 * receive all the time. Settings are compared before they are set, because most of them go to flash.
 */
import { isMessageOrForwarded } from '../framing/message-shape.js';
import { type RylrLineEvent, RylrLineFramer } from '../framing/rylr-lines.js';
import { textOf } from '../framing/text-lines.js';
import { type LoraSettings, loraTimeOnAirMs } from '../radio/lora.js';
import type { ModemFacts } from './facts.js';
import type { Modem, SendOutcome } from './modem.js';
import { decimalAddress } from './octets.js';
import { RYLR_CODECS, type RylrCodec, type RylrEncoding } from './rylr/encoding.js';
import type { Answer, Command } from './text-command.js';
import { TextModem } from './text-modem.js';

export interface RylrSettings {
  /** Explicit header and CRC are always on; there is no sync word but the network id. */
  lora: LoraSettings;
  /** The gateway's own, 0 to 65535: devices send to it. */
  ownAddress: number;
  /** 3 to 15 and 18 for RYLR998, 0 to 16 for RYLR896; the same everywhere. */
  networkId: number;
  /** `AT+CPIN`: 8 hex digits for RYLR998, 32 for RYLR896; without it the module keeps what it has. */
  password?: string;
  encoding: RylrEncoding;
}

export const facts: ModemFacts = {
  name: 'rylr',
  defaultBaudRate: 115_200,
  hasAddresses: true,
  canBroadcast: true,
  confirms: true,
  probeIsSilent: true,
  signal: ['rssiDbm', 'snrDb'],
};

export const createRylr = (settings: RylrSettings): Modem => new Rylr(settings);

const EXPECTATION = {
  modem: 'REYAX RYLR module',
  name: facts.name,
  defaultBaudRate: facts.defaultBaudRate,
};
/** What the module adds on the air. */
const AIR_OVERHEAD_BYTES = 8;
const ADDRESS_MAX = 65_535;
const EVERYBODY = 0;
/** Over its time on air; the module gives up by itself before that (ERR 10). */
const CONFIRMATION_MARGIN_MS = 2000;
/** 270 octets take 282 ms at 9600 baud, the slowest that makes sense. */
const RECEPTION_TIMEOUT_MS = 500;

/** BW of `AT+PARAMETER`, by what it means. */
const BANDWIDTHS_HZ = [
  7812.5, 10_417, 15_625, 20_833, 31_250, 41_667, 62_500, 125_000, 250_000, 500_000,
];
/** Names of bandwidths are rounded in many ways. */
const BANDWIDTH_TOLERANCE = 0.005;

const ERROR = /^\+ERR=(\d+)$/;
/** Of receptions, so no answers: check sum and header of a packet. */
const RECEPTION_ERRORS = ['12', '19'];

const SEND_ERRORS: ReadonlyMap<string, { outcome: SendOutcome; detail: string }> = new Map([
  ['1', { outcome: 'busy', detail: 'the command came with a pause in it' }],
  ['2', { outcome: 'busy', detail: 'the command came damaged' }],
  ['4', { outcome: 'busy', detail: 'the command came damaged' }],
  ['5', { outcome: 'busy', detail: 'the command came too short or too long' }],
  ['10', { outcome: 'busy', detail: 'the transmission took too long' }],
  ['13', { outcome: 'refused', detail: 'longer than 240 octets' }],
  ['17', { outcome: 'busy', detail: 'the transmission before is not over' }],
] satisfies [string, { outcome: SendOutcome; detail: string }][]);

type Reception = Extract<RylrLineEvent, { kind: 'reception' }>;

class Rylr extends TextModem<Reception> {
  readonly #settings: RylrSettings;
  readonly #codec: RylrCodec;

  constructor(settings: RylrSettings) {
    super(EXPECTATION, new RylrLineFramer(RECEPTION_TIMEOUT_MS));
    this.#settings = settings;
    this.#codec = RYLR_CODECS[settings.encoding];
  }

  maxMessageBytes(address: string | null): number {
    return addressOf(address) === undefined ? 0 : this.#codec.messageBytesMax;
  }

  airBytes(messageBytes: number): number {
    return this.#codec.encodedBytes(messageBytes) + AIR_OVERHEAD_BYTES;
  }

  protected startUp(): Command[] {
    const { lora, ownAddress, networkId, password } = this.#settings;
    return [
      { text: 'AT', answered: (line) => (line === '+OK' ? 'done' : again(line)) },
      this.#ensure('ADDRESS', `${ownAddress}`),
      this.#ensure('NETWORKID', `${networkId}`),
      this.#ensure('BAND', `${lora.frequencyHz}`),
      this.#ensure('PARAMETER', parameter(lora)),
      ...(lora.powerDbm === undefined ? [] : [this.#ensure('CRFOP', `${lora.powerDbm}`)]),
      ...(password === undefined ? [] : [this.#ensure('CPIN', password)]),
    ];
  }

  protected next(): Command | undefined {
    const transmission = this.take();
    if (transmission === undefined) return undefined;
    const { address, data, airTimeMs } = transmission;
    const onAirMs =
      airTimeMs > 0
        ? airTimeMs
        : loraTimeOnAirMs(this.#settings.lora, data.length + AIR_OVERHEAD_BYTES);
    return {
      text: `AT+SEND=${addressOf(address)},${data.length},${textOf(data)}`,
      // Given again it might be sent again.
      triesMax: 1,
      timeoutMs: onAirMs + CONFIRMATION_MARGIN_MS,
      answered: (line) => this.#sent(line),
      unanswered: () => this.transmitted('timeout', 'no answer to "AT+SEND"'),
    };
  }

  /** Asks for something that a restart which nobody has noticed would have changed. */
  protected probe(): Command {
    const expected = `+PARAMETER=${parameter(this.#settings.lora)}`;
    return {
      text: 'AT+PARAMETER?',
      triesMax: 1,
      answered: (line) => {
        if (!line.startsWith('+PARAMETER=') && !ERROR.test(line)) return 'other';
        if (line.startsWith('+PARAMETER=') && line !== expected) this.wasReset();
        return 'done';
      },
      unanswered: () => {},
    };
  }

  protected event(line: string): boolean {
    if (line.endsWith('+READY')) {
      this.wasReset();
      return true;
    }
    const [, error = ''] = ERROR.exec(line) ?? [];
    return RECEPTION_ERRORS.includes(error);
  }

  protected framed({ from, data, rssiDbm, snrDb, lineBytes }: Reception): void {
    const message = this.#codec.decode(data);
    if (message === undefined) this.discard(lineBytes, 'malformed');
    else if (!isMessageOrForwarded(message)) this.discard(lineBytes, 'bad-length');
    else this.datagram(`${from}`, message, { rssiDbm, snrDb });
  }

  protected payload(_address: string | null, data: Uint8Array): Uint8Array {
    return this.#codec.encode(data);
  }

  /** Asks for a setting, and sets it where it is another. */
  #ensure(name: string, value: string): Command {
    return {
      text: `AT+${name}?`,
      answered: (line) => {
        // Some firmware does not tell: then it is set each time.
        if (!line.startsWith(`+${name}=`) && !ERROR.test(line)) return 'other';
        if (line !== `+${name}=${value}`) this.first(this.#set(`AT+${name}=${value}`));
        return 'done';
      },
      unanswered: () => this.first(this.#set(`AT+${name}=${value}`)),
    };
  }

  #set(text: string): Command {
    return {
      text,
      answered: (line) => {
        if (ERROR.test(line))
          this.fail('MODEM_SETTING_REFUSED', `the modem answers ${line} to "${text}"`);
        else if (line !== '+OK') return 'other';
        return 'done';
      },
    };
  }

  #sent(line: string): Answer {
    const [, error] = ERROR.exec(line) ?? [];
    if (line === '+OK') this.transmitted('transmitted');
    else if (error === undefined) return 'other';
    else {
      const { outcome, detail } = SEND_ERRORS.get(error) ?? {
        outcome: 'busy',
        detail: 'the modem gives no reason',
      };
      this.transmitted(outcome, `${detail} (${line})`);
    }
    return 'done';
  }
}

/** Some noise before the first command made it another one. */
const again = (line: string): Answer => (ERROR.test(line) ? 'again' : 'other');

const addressOf = (address: string | null): number | undefined =>
  address === null ? EVERYBODY : decimalAddress(address, 0, ADDRESS_MAX);

function parameter(lora: LoraSettings): string {
  const { spreadingFactor, bandwidthHz, codingRate, preambleSymbols } = lora;
  const bandwidth = BANDWIDTHS_HZ.findIndex(
    (hz) => Math.abs(hz / bandwidthHz - 1) < BANDWIDTH_TOLERANCE,
  );
  return `${spreadingFactor},${bandwidth},${codingRate - 4},${preambleSymbols}`;
}
