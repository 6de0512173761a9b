/**
 * RAKwireless modules with RUI3 firmware, in their P2P mode. The receiver runs in the mode that allows
 * sending (65533); firmware that does not know it is stopped before each transmission and started after it.
 */
import type { LoraSettings } from '../radio/lora.js';
import type { ModemFacts } from './facts.js';
import { LoraTextModem, type LoraTextModemSettings } from './lora-text-modem.js';
import type { Modem, Signal } from './modem.js';
import type { Answer, Command } from './text-command.js';

export type Rui3Settings = LoraTextModemSettings;

export const facts: ModemFacts = {
  name: 'rui3',
  defaultBaudRate: 115_200,
  hasAddresses: false,
  canBroadcast: true,
  confirms: true,
  probeIsSilent: true,
  signal: ['rssiDbm', 'snrDb'],
};

export const createRui3 = (settings: Rui3Settings): Modem => new Rui3(settings);

const EXPECTATION = {
  modem: 'RAKwireless module with RUI3',
  name: facts.name,
  defaultBaudRate: facts.defaultBaudRate,
};
const PAYLOAD_BYTES_MAX = 239;
/** A transmission that fails makes no event. */
const CONFIRMATION_MARGIN_MS = 1000;
/** `AT+NWM=0` is followed by a restart. */
const REBOOT_MS = 3000;
/** The command P2P wants a power; most modules may send so much everywhere. */
const POWER_DBM_DEFAULT = 14;

/** Arguments of `AT+PRECV`. */
const RECEIVE = { off: 0, continuous: 65_534, continuousWithSending: 65_533 };
/** BW of `AT+P2P`, by what it means. */
const BANDWIDTH_CODES = new Map([
  [125_000, 0],
  [250_000, 1],
  [500_000, 2],
  [7812.5, 3],
  [10_417, 4],
  [15_625, 5],
  [20_833, 6],
  [31_250, 7],
  [41_667, 8],
  [62_500, 9],
]);
/** Names of bandwidths are rounded in many ways. */
const BANDWIDTH_TOLERANCE = 0.005;

const RECEPTION = /\+EVT:RXP2P:(-?\d+):(-?\d+):([0-9A-Za-z]*)$/;
/** Of old firmware; the payload follows in a line of its own. */
const OLD_SIGNAL = /\+EVT:RXP2P, RSSI (-?\d+), SNR (-?\d+)$/;
const OLD_PAYLOAD = /^\+EVT:([0-9A-Fa-f]+)$/;
const BANNER = /RAKwireless|Current Work Mode|RUI_/;
const ERROR = /^AT_[A-Z_]+$/;

class Rui3 extends LoraTextModem {
  #isReceiving = false;
  #receiveMode = RECEIVE.continuousWithSending;
  /** Of the old form of a reception, whose payload is still to come. */
  #signal: Signal | undefined;
  #hasSwitched = false;

  constructor(settings: Rui3Settings) {
    super(EXPECTATION, settings, PAYLOAD_BYTES_MAX);
  }

  protected startUp(): Command[] {
    this.#hasSwitched = false;
    this.forgetNodes();
    return this.#dialogue();
  }

  protected next(): Command | undefined {
    if (this.waiting !== undefined) {
      const mayBeSent = !this.#isReceiving || this.#receiveMode === RECEIVE.continuousWithSending;
      return mayBeSent ? this.#transmit() : this.#receive(RECEIVE.off);
    }
    return this.#isReceiving ? undefined : this.#receive(this.#receiveMode);
  }

  /** The receiver is off after a restart that nobody has noticed. */
  protected probe(): Command {
    return {
      text: 'AT+PRECV=?',
      triesMax: 1,
      answered: (line) => {
        const mode = valueOf(line, 'PRECV');
        if (mode === undefined) return line === 'OK' || ERROR.test(line) ? 'done' : 'other';
        if (mode === RECEIVE.off) this.#isReceiving = false;
        return 'more';
      },
      unanswered: () => {},
    };
  }

  protected event(line: string): boolean {
    const reception = RECEPTION.exec(line);
    if (reception !== null) {
      const [text, rssi, snr, hex = ''] = reception;
      this.discard(reception.index, 'noise');
      this.received(hex, text.length, { rssiDbm: Number(rssi), snrDb: Number(snr) });
      return true;
    }
    const signal = OLD_SIGNAL.exec(line);
    if (signal !== null) {
      this.#signal = { rssiDbm: Number(signal[1]), snrDb: Number(signal[2]) };
      return true;
    }
    const [payload, hex] = OLD_PAYLOAD.exec(line) ?? [];
    if (hex !== undefined && payload !== undefined && this.#signal !== undefined) {
      this.received(hex, payload.length, this.#signal);
      this.#signal = undefined;
      return true;
    }
    if (line.endsWith('+EVT:TXP2P DONE')) this.transmitted('transmitted');
    else if (line.endsWith('+EVT:RXP2P RECEIVE TIMEOUT')) this.#isReceiving = false;
    else if (BANNER.test(line)) this.#banner();
    else return line.endsWith('+EVT:RXP2P RECEIVE ERROR') || line.startsWith('P2P_RX_ON already');
    return true;
  }

  #banner(): void {
    // At the start it is that of a restart that was asked for, or of power-up: the dialogue goes on.
    if (!this.isStarting) this.wasReset();
  }

  #dialogue(): Command[] {
    this.#isReceiving = false;
    this.#signal = undefined;
    this.#receiveMode = RECEIVE.continuousWithSending;
    const { syncWord } = this.lora;
    return [
      { text: 'AT', answered: anyAnswer },
      this.#askMode(),
      { text: 'AT+PRECV=0', answered: anyAnswer },
      this.#set(`AT+P2P=${p2p(this.lora)}`),
      ...(syncWord === undefined ? [] : [this.#set(`AT+SYNCWORD=${sx126xSyncWord(syncWord)}`)]),
      // Firmware that does not know these has them as they should be.
      { text: 'AT+IQINVER=0', answered: anyAnswer },
      { text: 'AT+PCRYPT=0', answered: anyAnswer },
      this.#receive(this.#receiveMode),
    ];
  }

  #askMode(): Command {
    let mode: number | undefined;
    return {
      text: 'AT+NWM=?',
      answered: (line) => {
        const value = valueOf(line, 'NWM');
        if (value !== undefined) {
          mode = value;
          return 'more';
        }
        if (line !== 'OK') return anyAnswer(line);
        if (mode === undefined || mode === 0) return 'done';
        if (this.#hasSwitched)
          this.fail(
            'MODEM_WRONG_MODE',
            'the modem stays in LoRaWAN mode: give it AT+NWM=0 by hand',
          );
        else this.first(this.#switchMode());
        return 'done';
      },
    };
  }

  /** From LoRaWAN to P2P; the module starts anew, some with a port that goes and comes. */
  #switchMode(): Command {
    return {
      text: 'AT+NWM=0',
      answered: (line) => {
        const answer = anyAnswer(line);
        if (answer !== 'done') return answer;
        this.#hasSwitched = true;
        this.pause(REBOOT_MS);
        this.replaceScript(this.#dialogue());
        return 'done';
      },
    };
  }

  #set(text: string): Command {
    return {
      text,
      answered: (line) => {
        if (line === 'AT_BUSY_ERROR') return 'again';
        if (!ERROR.test(line)) return anyAnswer(line);
        const code = line === 'AT_MODE_NO_SUPPORT' ? 'MODEM_WRONG_MODE' : 'MODEM_SETTING_REFUSED';
        this.fail(code, `the modem answers ${line} to "${text}"`);
        return 'done';
      },
    };
  }

  #receive(mode: number): Command {
    return {
      text: `AT+PRECV=${mode}`,
      answered: (line) => {
        if (line === 'OK') this.#isReceiving = mode !== RECEIVE.off;
        else if (line === 'AT_PARAM_ERROR' && mode === RECEIVE.continuousWithSending)
          this.#receiveMode = RECEIVE.continuous;
        else if (line === 'AT_BUSY_ERROR') return 'again';
        else if (ERROR.test(line)) this.#receiveRefused(line, mode);
        else return 'other';
        return 'done';
      },
    };
  }

  #receiveRefused(line: string, mode: number): void {
    if (mode === RECEIVE.off) this.#isReceiving = false;
    else this.fail('MODEM_SETTING_REFUSED', `the modem answers ${line} to "AT+PRECV=${mode}"`);
  }

  #transmit(): Command | undefined {
    const transmission = this.take();
    if (transmission === undefined) return undefined;
    return {
      text: `AT+PSEND=${LoraTextModem.hex(transmission.data)}`,
      // Given again it might be sent again.
      triesMax: 1,
      answered: (line) => {
        if (line === 'OK') this.goesOnAir(this.airTimeMs(transmission) + CONFIRMATION_MARGIN_MS);
        else if (line === 'AT_BUSY_ERROR') this.transmitted('busy', line);
        else if (line === 'AT_MODE_NO_SUPPORT') this.wasReset();
        else if (ERROR.test(line)) this.transmitted('refused', line);
        else return 'other';
        return 'done';
      },
      unanswered: () => this.transmitted('timeout', 'no answer to "AT+PSEND"'),
    };
  }
}

const anyAnswer = (line: string): Answer => (line === 'OK' || ERROR.test(line) ? 'done' : 'other');

/** Of `AT+NAME=value`; some firmware answers with the value alone. */
function valueOf(line: string, name: string): number | undefined {
  const [, value] = new RegExp(`^(?:AT\\+${name}=)?(\\d+)$`).exec(line) ?? [];
  return value === undefined ? undefined : Number(value);
}

function p2p(lora: LoraSettings): string {
  const { frequencyHz, spreadingFactor, bandwidthHz, codingRate, preambleSymbols } = lora;
  const [, bandwidth = bandwidthHz / 1000] =
    [...BANDWIDTH_CODES].find(([hz]) => Math.abs(hz / bandwidthHz - 1) < BANDWIDTH_TOLERANCE) ?? [];
  const power = lora.powerDbm ?? POWER_DBM_DEFAULT;
  const fields = [frequencyHz, spreadingFactor, bandwidth, codingRate - 5, preambleSymbols, power];
  return fields.join(':');
}

/** SX126x names 0x12 as 0x1424: each half with a 4 behind it. */
const sx126xSyncWord = (syncWord: number): string =>
  `${(syncWord >> 4).toString(16)}4${(syncWord & 0x0f).toString(16)}4`.toUpperCase();
