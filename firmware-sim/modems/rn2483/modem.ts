import type { AirFrame, Reception } from '../../air.js';
import { START_UP } from '../latencies.js';
import type { ModemSetup } from '../modem.js';
import { fromHex, toHex } from '../octets.js';
import { TextModem } from '../text-modem.js';
import { type RnModel, RnSettings } from './settings.js';

export interface Rn2483Settings {
  model?: RnModel;
  /** `radio rxstop` and `radio get rssi` came with 1.0.5 (modems.md 5). */
  version?: string;
}

const FIRST_WITH_RXSTOP = '1.0.5';
const BUILT: Readonly<Record<string, string>> = { '1.0.5': 'Oct 31 2018 15:06:52' };
const BUILT_BEFORE = 'Dec 08 2015 10:18:40';
/** As long as `mac pause` lasts. */
const MAC_PAUSE_MS = '4294967245';
const SYMBOL_TIMEOUT_MAX = 65_535;

/**
 * Microchip RN2483 and RN2903 (modems.md 5). The receiver is on for one packet, and off until `radio rx`
 * comes again: what begins meanwhile is lost. Events come when they happen, so one may overtake the
 * answer to the command behind it.
 */
export class Rn2483Modem extends TextModem {
  readonly address = '';
  private readonly model: RnModel;
  private readonly version: string;
  private readonly settings: RnSettings;
  private radio: 'idle' | 'receiving' | 'transmitting' = 'idle';
  private isMacPaused = false;
  private last: Reception = { rssiDbm: -128, snrDb: -128, lqi: 0 };
  private stopTimer = () => {};

  constructor(setup: ModemSetup & Rn2483Settings) {
    super(setup, { dialect: 'rn2483', takesCarriageReturn: false });
    this.model = setup.model ?? 'RN2483';
    this.version = setup.version ?? FIRST_WITH_RXSTOP;
    this.settings = new RnSettings(this.model);
  }

  protected override isReceiverOn(): boolean {
    return this.radio === 'receiving';
  }

  protected override takeFrame(frame: AirFrame, reception: Reception): void {
    this.last = reception;
    this.endReception();
    this.announce(`radio_rx  ${toHex(frame.payload)}`);
  }

  protected override forget(): void {
    super.forget();
    this.settings.restore();
    this.radio = 'idle';
    this.isMacPaused = false;
  }

  protected override startUp(): void {
    this.announce(this.banner(), START_UP);
  }

  protected override execute(line: string): void {
    const [group, command = '', ...rest] = line.split(' ');
    const answer = this.answerTo(group, command, rest);
    if (answer !== undefined) this.say(answer);
  }

  private banner(): string {
    return `${this.model} ${this.version} ${BUILT[this.version] ?? BUILT_BEFORE}`;
  }

  /** Undefined: something else is said instead. */
  private answerTo(group: string | undefined, command: string, rest: string[]): string | undefined {
    switch (group) {
      case 'sys':
        return this.sys(command, rest);
      case 'mac':
        return this.mac(command);
      case 'radio':
        return this.radioCommand(command, rest);
      default:
        return 'invalid_param';
    }
  }

  private sys(command: string, rest: string[]): string | undefined {
    if (command === 'get' && rest[0] === 'ver') return this.banner();
    if (command === 'get' && rest[0] === 'vdd') return '3300';
    // LEDs of a LoStik.
    if (command === 'set' && rest[0] === 'pindig') return 'ok';
    if (command !== 'reset') return 'invalid_param';
    this.reset();
    return undefined;
  }

  private mac(command: string): string {
    if (command !== 'pause' && command !== 'resume') return 'invalid_param';
    this.isMacPaused = command === 'pause';
    return this.isMacPaused ? MAC_PAUSE_MS : 'ok';
  }

  private radioCommand(command: string, rest: string[]): string | undefined {
    const [name = '', value = ''] = rest;
    switch (command) {
      case 'set':
        return rest.length === 2 && this.settings.set(name, value) ? 'ok' : 'invalid_param';
      case 'get':
        return this.get(name);
      case 'rx':
        return this.receivePacket(name);
      case 'tx':
        return this.transmitPacket(name);
      case 'rxstop':
        return this.stopReceiving();
      default:
        return 'invalid_param';
    }
  }

  private get(name: string): string {
    if (name === 'snr') return String(Math.round(this.last.snrDb));
    if (name === 'rssi' && this.knowsRxStop()) return String(Math.round(this.last.rssiDbm));
    return this.settings.get(name) ?? 'invalid_param';
  }

  private receivePacket(symbols: string): string {
    if (!/^\d+$/.test(symbols) || Number(symbols) > SYMBOL_TIMEOUT_MAX) return 'invalid_param';
    if (this.isBusy()) return 'busy';
    this.radio = 'receiving';
    this.receiverSwitchedOn();
    const { watchdogMs } = this.settings;
    const symbolsMs = Number(symbols) * this.settings.symbolMs;
    const limits = [watchdogMs, symbolsMs].filter((limitMs) => limitMs > 0);
    if (limits.length > 0) this.stopTimer = this.after(Math.min(...limits), () => this.giveUp());
    return 'ok';
  }

  private transmitPacket(hex: string): string {
    const payload = fromHex(hex);
    if (payload === undefined || payload.length === 0) return 'invalid_param';
    if (payload.length > this.settings.packetBytesMax) return 'invalid_param';
    if (this.isBusy()) return 'busy';
    this.radio = 'transmitting';
    const { watchdogMs } = this.settings;
    let isOverdue = false;
    const giveUp = () => {
      isOverdue = true;
    };
    if (watchdogMs > 0) this.stopTimer = this.after(watchdogMs, giveUp);
    this.transmit({ payload, to: null }, () => {
      this.stopTimer();
      this.radio = 'idle';
      this.announceResult(isOverdue ? 'radio_err' : 'radio_tx_ok');
    });
    return 'ok';
  }

  /** A confirmation, so the fault that loses answers takes it. */
  private announceResult(result: string): void {
    if (!this.faults.noAnswers) this.announce(result);
  }

  private stopReceiving(): string {
    if (!this.knowsRxStop()) return 'invalid_param';
    if (this.radio === 'receiving') this.endReception();
    return 'ok';
  }

  private giveUp(): void {
    this.endReception();
    this.announce('radio_err', { fromMs: 0, toMs: 0 });
  }

  private endReception(): void {
    this.stopTimer();
    this.radio = 'idle';
  }

  private isBusy(): boolean {
    return this.faults.busy || !this.isMacPaused || this.radio !== 'idle' || this.isTransmitting;
  }

  private knowsRxStop(): boolean {
    return this.version >= FIRST_WITH_RXSTOP;
  }
}
