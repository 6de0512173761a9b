import type { AirFrame, Reception } from '../../air.js';
import { START_UP } from '../latencies.js';
import type { ModemSetup } from '../modem.js';
import { fromHex, fromText, toHex } from '../octets.js';
import { TextModem } from '../text-modem.js';
import { PARAMETERS } from './settings.js';

export interface Rui3Settings {
  /** Older firmware tells of a packet in two lines (modems.md 6.1). */
  events?: 'one-line' | 'two-lines';
  /** NWM as it is delivered; RAK's boards come as LoRaWAN (1). */
  networkMode?: 0 | 1;
  /** ATE: what is typed comes back. */
  echo?: boolean;
}

const OK = 'OK';
const BUSY = 'AT_BUSY_ERROR';
const PARAMETER_ERROR = 'AT_PARAM_ERROR';
const VERSION = 'RUI_4.1.0_RAK3172-E';
const PAYLOAD_BYTES_MAX = 239;

/** Values of PRECV with a meaning of their own. */
const STOP = 0;
const WINDOW_MS_MIN = 15;
const WINDOW_MS_MAX = 65_532;
const CONTINUOUS = 65_533;
const CONTINUOUS_DEAF_TO_HOST = 65_534;
const ONE_PACKET = 65_535;

/** RAKwireless RUI3 in its P2P mode (modems.md 6.1). */
export class Rui3Modem extends TextModem {
  readonly address = '';
  private readonly events: 'one-line' | 'two-lines';
  private readonly parameters = new Map(
    [...PARAMETERS].map(([name, { initial }]) => [name, initial]),
  );
  private networkMode: number;
  private hasEcho: boolean;
  private reception = STOP;
  private stopWindow = () => {};

  constructor(setup: ModemSetup & Rui3Settings) {
    super(setup, { dialect: 'rui3', takesCarriageReturn: true });
    this.events = setup.events ?? 'one-line';
    this.networkMode = setup.networkMode ?? 0;
    this.hasEcho = setup.echo ?? false;
  }

  protected override isReceiverOn(): boolean {
    return this.reception !== STOP;
  }

  protected override takeOctets(octets: Uint8Array): void {
    // Echoed text comes with LF CR order.
    if (this.hasEcho) {
      const echo = octets.filter((octet) => octet !== 0x0a);
      const text = [...echo].map((octet) => (octet === 0x0d ? '\n\r' : String.fromCharCode(octet)));
      this.answer(fromText(text.join('')));
    }
    super.takeOctets(octets);
  }

  protected override takeFrame(frame: AirFrame, { rssiDbm, snrDb }: Reception): void {
    if (this.reception !== CONTINUOUS && this.reception !== CONTINUOUS_DEAF_TO_HOST)
      this.stopReceiving();
    const [rssi, snr] = [Math.round(rssiDbm), Math.round(snrDb)];
    const hex = toHex(frame.payload);
    if (this.events === 'one-line') return this.announce(`+EVT:RXP2P:${rssi}:${snr}:${hex}`);
    this.announce(`+EVT:RXP2P, RSSI ${rssi}, SNR ${snr}`);
    this.announce(`+EVT:${hex}`, { fromMs: 0, toMs: 0 });
  }

  protected override forget(): void {
    super.forget();
    this.reception = STOP;
  }

  protected override startUp(): void {
    const mode = this.networkMode === 0 ? 'LoRa P2P' : 'LoRaWAN';
    this.announce('RAKwireless RAK3172 Example', START_UP);
    for (const line of ['-'.repeat(54), `Version: ${VERSION}`, `Current Work Mode: ${mode}.`])
      this.announce(line, { fromMs: 0, toMs: 0 });
  }

  protected override execute(line: string): void {
    const command = parseCommand(line);
    if (command === undefined) return this.say('AT_COMMAND_NOT_FOUND');
    this.run(command.name, command.operator, command.value);
  }

  private run(name: string, operator: Command['operator'], value: string): void {
    switch (name) {
      case '':
        return this.say(OK);
      case 'E':
        this.hasEcho = !this.hasEcho;
        return this.say(OK);
      case 'Z':
        return this.reset();
      case 'VER':
        return this.tellValue(name, VERSION);
      case 'NWM':
        return operator === '=?'
          ? this.tellValue(name, String(this.networkMode))
          : this.setMode(value);
      default:
        return this.runP2p(name, operator, value);
    }
  }

  private runP2p(name: string, operator: Command['operator'], value: string): void {
    const isKnown = PARAMETERS.has(name) || name === 'PRECV' || name === 'PSEND';
    if (!isKnown) return this.say('AT_COMMAND_NOT_FOUND');
    if (this.networkMode !== 0) return this.say('AT_MODE_NO_SUPPORT');
    if (operator === undefined) return this.say('AT_ERROR');
    if (name === 'PSEND') return this.say(this.send(value));
    if (name === 'PRECV') {
      return operator === '=?'
        ? this.tellValue(name, String(this.reception))
        : this.receivePackets(value);
    }
    if (operator === '=?') return this.tellValue(name, this.parameters.get(name) ?? '');
    this.setParameter(name, value);
  }

  private tellValue(name: string, value: string): void {
    this.say(`AT+${name}=${value}`);
    this.say(OK);
  }

  /** The module reboots, even into the mode it has been in. */
  private setMode(value: string): void {
    if (value !== '0' && value !== '1') return this.say(PARAMETER_ERROR);
    this.say(OK);
    this.networkMode = Number(value);
    this.reset();
  }

  private setParameter(name: string, value: string): void {
    if (this.reception !== STOP) {
      this.say('P2P_RX_ON already, please disable P2P RX before setting.');
      return this.say(BUSY);
    }
    if (PARAMETERS.get(name)?.isValid(value) !== true) return this.say(PARAMETER_ERROR);
    this.parameters.set(name, value);
    this.say(OK);
  }

  private receivePackets(text: string): void {
    const value = /^\d{1,5}$/.test(text) ? Number(text) : -1;
    if (value < 0 || value > ONE_PACKET) return this.say(PARAMETER_ERROR);
    if (value === STOP) {
      this.stopReceiving();
      return this.say(OK);
    }
    if (value < WINDOW_MS_MIN) return this.say(PARAMETER_ERROR);
    if (this.reception !== STOP || this.isTransmitting) return this.say(BUSY);
    this.reception = value;
    this.receiverSwitchedOn();
    if (value <= WINDOW_MS_MAX) this.stopWindow = this.after(value, () => this.closeWindow());
    this.say(OK);
  }

  private closeWindow(): void {
    this.stopReceiving();
    this.announce('+EVT:RXP2P RECEIVE TIMEOUT');
  }

  private stopReceiving(): void {
    this.stopWindow();
    this.reception = STOP;
  }

  private send(hex: string): string {
    const payload = fromHex(hex);
    const length = payload?.length ?? 0;
    if (payload === undefined || length === 0 || length > PAYLOAD_BYTES_MAX) return PARAMETER_ERROR;
    if (this.cannotSend()) return BUSY;
    this.transmit({ payload, to: null }, () => {
      // A transmission that fails has no event; neither has one whose confirmation is lost.
      if (!this.faults.noAnswers) this.announce('+EVT:TXP2P DONE');
    });
    return OK;
  }

  private cannotSend(): boolean {
    if (this.faults.busy || this.isTransmitting) return true;
    if (this.reception !== STOP && this.reception !== CONTINUOUS) return true;
    return this.parameters.get('PCAD') === '1' && this.air.isBusy(this);
  }
}

interface Command {
  /** Empty for `AT` itself. */
  name: string;
  operator: '=' | '=?' | undefined;
  value: string;
}

/** `AT+P2P=?` asks for P2P, `ATE` is E, and behind anything but a command there must be nothing. */
function parseCommand(line: string): Command | undefined {
  const parts = /^AT(?:\+([A-Z0-9]+)|([EZ]))?(?:(=\?)$|(=)(.*))?$/i.exec(line);
  if (parts === null) return undefined;
  const [, name, letter, question, assignment, value = ''] = parts;
  const plain = { name: (name ?? letter ?? '').toUpperCase(), value };
  if (question !== undefined) return { ...plain, operator: '=?' };
  return { ...plain, operator: assignment === undefined ? undefined : '=' };
}
