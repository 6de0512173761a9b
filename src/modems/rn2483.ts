/**
 * Microchip RN2483 and RN2903. The radio receives one packet for each `radio rx`, so it is armed again after
 * each packet, error and transmission, and stopped before it sends. `radio_rx`, `radio_err` and
 * `radio_tx_ok` come when they like, also before the `ok` of a command that was given first.
 */
import { type LoraSettings, loraSymbolMs, loraTimeOnAirMs } from '../radio/lora.js';
import type { ModemFacts } from './facts.js';
import { LoraTextModem, type LoraTextModemSettings } from './lora-text-modem.js';
import type { Modem, Signal } from './modem.js';
import type { Answer, Command } from './text-command.js';

export interface Rn2483Settings extends LoraTextModemSettings {
  /** Asks for SNR, and RSSI where the firmware knows it, after each packet; the radio is deaf meanwhile. */
  querySignal: boolean;
}

export const facts: ModemFacts = {
  name: 'rn2483',
  defaultBaudRate: 57_600,
  hasAddresses: false,
  canBroadcast: true,
  confirms: true,
  probeIsSilent: true,
  isDeafUntilTold: true,
  signal: ['rssiDbm', 'snrDb'],
};

export const createRn2483 = (settings: Rn2483Settings): Modem => new Rn2483(settings);

const EXPECTATION = { modem: 'RN2483 or RN2903', name: facts.name, defaultBaudRate: 57_600 };
const PAYLOAD_BYTES_MAX = 255;
/** The pause of the LoRaWAN part ends by itself after 49 days: renewed long before. */
const MAC_PAUSE_RENEWED_AFTER_MS = 24 * 3_600_000;
/** Over its time on air, by the modem's own clock and with all that is slow between us. */
const CONFIRMATION_MARGIN_MS = 1000;
/** One more try where the radio was busy. */
const BUSY_TRIES_MAX = 1;
/** Firmware that cannot stop a reception: how long one lasts, and so how long a message may have to wait. */
const WINDOW_MS = 1000;
/** What the radio chip counts to. */
const WINDOW_SYMBOLS_MAX = 1023;

const BANNER = /RN2[49]\d3 (\d+)\.(\d+)\.(\d+)/;
const RECEPTION = /radio_rx +(\S*)$/;
const NUMBER = /^-?\d+$/;
/** Since this version reception can be stopped and RSSI be asked for. */
const STOP_SINCE = 10_005;

class Rn2483 extends LoraTextModem {
  #isAskedForVersion = false;
  #canStop = false;
  #isArmed = false;
  /** It is armed to be sure: "busy" means that it receives already. */
  #mayReceive = false;
  /** The latest, with a packet that begins at its end; of firmware that cannot stop reception. */
  #windowEndsAt = 0;
  #macPausedAt = 0;
  /** A packet whose signal is asked for. */
  #held: { hex: string; lineCharacters: number; signal: Signal } | undefined;
  readonly #querySignal: boolean;

  constructor(settings: Rn2483Settings) {
    super(EXPECTATION, settings, PAYLOAD_BYTES_MAX);
    this.#querySignal = settings.querySignal;
  }

  protected startUp(): Command[] {
    this.#isArmed = false;
    this.#mayReceive = false;
    this.#held = undefined;
    this.#isAskedForVersion = true;
    this.forgetNodes();
    return [
      { text: 'sys get ver', answered: (line) => this.#version(line) },
      // It may be receiving still; firmware that does not know the command is not.
      { text: 'radio rxstop', answered: (line) => (isStatus(line) ? 'done' : 'other') },
      this.#pauseMac(),
      ...radioSettings(this.lora).map((setting) => this.#set(setting)),
    ];
  }

  protected next(): Command | undefined {
    if (this.#held !== undefined) return this.#askSignal(this.#held.signal);
    if (this.#isArmed && !this.#canStop && !this.#isWindowOver()) return undefined;
    if (this.waiting !== undefined) return this.#isArmed ? this.#stop() : this.#transmit();
    if (this.#isArmed) return undefined;
    if (this.now - this.#macPausedAt > MAC_PAUSE_RENEWED_AFTER_MS) return this.#pauseMac();
    return this.#arm();
  }

  /** Asks for something that a reset which nobody has noticed would have changed. */
  protected probe(): Command {
    return {
      text: 'radio get wdt',
      triesMax: 1,
      answered: (line) => {
        if (!NUMBER.test(line) && !isStatus(line)) return 'other';
        // Armed once more, in case a line was lost that said that reception had ended.
        if (this.waiting === undefined) {
          this.#mayReceive = this.#isArmed;
          this.#isArmed = false;
        }
        if (NUMBER.test(line) && line !== '0') this.wasReset();
        return 'done';
      },
      unanswered: () => {},
    };
  }

  protected event(line: string): boolean {
    const reception = RECEPTION.exec(line);
    if (reception !== null) {
      this.discard(reception.index, 'noise');
      this.#packet(reception[1] ?? '', line.length - reception.index);
    } else if (line.endsWith('radio_tx_ok')) {
      this.#isArmed = false;
      this.transmitted('transmitted');
    } else if (line.endsWith('radio_err')) {
      this.#isArmed = false;
      this.#failed();
    } else if (BANNER.test(line) && !this.#isAskedForVersion) {
      this.wasReset();
    } else return false;
    return true;
  }

  #version(line: string): Answer {
    const banner = BANNER.exec(line);
    if (banner === null) return 'other';
    const [major, minor, patch] = banner.slice(1).map(Number) as [number, number, number];
    this.#canStop = 10_000 * major + 100 * minor + patch >= STOP_SINCE;
    this.#isAskedForVersion = false;
    return 'done';
  }

  #pauseMac(): Command {
    const text = 'mac pause';
    return {
      text,
      answered: (line) => {
        if (!NUMBER.test(line)) return 'other';
        // Its LoRaWAN part is at work.
        if (line === '0') return 'again';
        this.#macPausedAt = this.now;
        return 'done';
      },
    };
  }

  #set(setting: string): Command {
    const text = `radio set ${setting}`;
    return {
      text,
      answered: (line) => {
        if (line === 'invalid_param') {
          this.fail('MODEM_SETTING_REFUSED', `the modem does not take "${text}"`);
          return 'done';
        }
        return line === 'busy' ? 'again' : okOnly(line);
      },
    };
  }

  #stop(): Command {
    return {
      text: 'radio rxstop',
      answered: (line) => {
        if (!isStatus(line)) return 'other';
        this.#isArmed = false;
        this.#mayReceive = false;
        return 'done';
      },
    };
  }

  /** Something tells when a window is over, unless the line has lost it. */
  #isWindowOver(): boolean {
    if (this.now < this.#windowEndsAt) {
      this.lookAgainAt(this.#windowEndsAt);
      return false;
    }
    this.#isArmed = false;
    this.#mayReceive = true;
    return true;
  }

  #arm(): Command {
    const text = this.#canStop ? 'radio rx 0' : `radio rx ${windowSymbols(this.lora)}`;
    let isBusy = false;
    return {
      text,
      answered: (line) => {
        if (!isStatus(line)) return 'other';
        if (line === 'invalid_param') {
          this.fail('MODEM_SETTING_REFUSED', `the modem does not take "${text}"`);
          return 'done';
        }
        isBusy = line === 'busy' && !this.#mayReceive;
        if (isBusy) return 'again';
        this.#isArmed = true;
        this.#mayReceive = false;
        this.#windowEndsAt = this.now + WINDOW_MS + loraTimeOnAirMs(this.lora, PAYLOAD_BYTES_MAX);
        return 'done';
      },
      unanswered: () => {
        // Its LoRaWAN part may have woken up.
        if (isBusy) this.startAnew('the radio stays busy');
        else this.silent(text);
      },
    };
  }

  #transmit(): Command | undefined {
    const transmission = this.take();
    if (transmission === undefined) return undefined;
    let busyTriesLeft = BUSY_TRIES_MAX;
    return {
      text: `radio tx ${LoraTextModem.hex(transmission.data)}`,
      // Given again it might be sent again.
      triesMax: 1,
      answered: (line) => {
        if (line === 'ok') this.goesOnAir(this.airTimeMs(transmission) + CONFIRMATION_MARGIN_MS);
        else if (line === 'invalid_param') this.transmitted('refused', line);
        else if (line !== 'busy') return 'other';
        else if (busyTriesLeft > 0) {
          busyTriesLeft -= 1;
          return 'again';
        } else this.transmitted('busy', line);
        return 'done';
      },
      unanswered: () => this.transmitted('timeout', 'no answer to "radio tx"'),
    };
  }

  #packet(hex: string, lineCharacters: number): void {
    this.#isArmed = false;
    this.#release();
    if (!this.#querySignal || this.isStarting) this.received(hex, lineCharacters);
    else this.#held = { hex, lineCharacters, signal: {} };
  }

  #askSignal(signal: Signal): Command {
    const what = signal.snrDb === undefined ? 'snr' : 'rssi';
    return {
      text: `radio get ${what}`,
      triesMax: 1,
      answered: (line) => {
        if (NUMBER.test(line)) {
          if (what === 'snr') signal.snrDb = Number(line);
          else signal.rssiDbm = Number(line);
        } else if (!isStatus(line)) return 'other';
        if (what === 'rssi' || !this.#canStop || !NUMBER.test(line)) this.#release();
        return 'done';
      },
      unanswered: () => this.#release(),
    };
  }

  #release(): void {
    if (this.#held === undefined) return;
    const { hex, lineCharacters, signal } = this.#held;
    this.#held = undefined;
    this.received(hex, lineCharacters, Object.keys(signal).length > 0 ? signal : undefined);
  }

  /** `radio_err`: a reception has ended without a packet, or a transmission has failed. */
  #failed(): void {
    if (this.isOnAir) this.transmitted('busy', 'radio_err');
  }
}

const isStatus = (line: string): boolean =>
  line === 'ok' || line === 'busy' || line === 'invalid_param';

const okOnly = (line: string): Answer => (line === 'ok' ? 'done' : 'other');

/** In the order in which they are set; what is not configured stays as the modem has it. */
function radioSettings(lora: LoraSettings): string[] {
  const { powerDbm, syncWord } = lora;
  return [
    'mod lora',
    `freq ${lora.frequencyHz}`,
    ...(powerDbm === undefined ? [] : [`pwr ${powerDbm}`]),
    `sf sf${lora.spreadingFactor}`,
    `bw ${lora.bandwidthHz / 1000}`,
    `cr 4/${lora.codingRate}`,
    `crc ${lora.crc ? 'on' : 'off'}`,
    'iqi off',
    `prlen ${lora.preambleSymbols}`,
    ...(syncWord === undefined ? [] : [`sync ${syncWord.toString(16)}`]),
    // Its watchdog would end receptions and long transmissions.
    'wdt 0',
  ];
}

const windowSymbols = (lora: LoraSettings): number =>
  Math.min(WINDOW_SYMBOLS_MAX, Math.ceil(WINDOW_MS / loraSymbolMs(lora)));
