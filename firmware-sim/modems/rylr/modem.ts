import type { AirFrame, Reception } from '../../air.js';
import { BaseModem } from '../base.js';
import { COMMAND, START_UP } from '../latencies.js';
import type { ModemSetup } from '../modem.js';
import { concat, fromText } from '../octets.js';
import { RylrCommands, type RylrInput } from './commands.js';
import { ERROR, parametersOf, type RylrModel } from './settings.js';

export interface RylrSettings {
  model?: RylrModel;
  /**
   * A pause that ends a command early. About half a millisecond is reported (modems.md 6.2); a pty hands
   * on a write in pieces, so the default is more patient.
   */
  pauseMs?: number;
}

const PAUSE_MS = 20;
const DATA_BYTES_MAX = 240;
/** Address, length and check of the module itself. */
const OVERHEAD_BYTES = 8;
const EVERYBODY = 0;
const MODE_SLEEP = '1';

/** REYAX RYLR998 and RYLR896 (modems.md 6.2): strict about lengths, and `+OK` once the packet was on the air. */
export class RylrModem extends BaseModem {
  private readonly model: RylrModel;
  private readonly pauseMs: number;
  private readonly parameters: ReturnType<typeof parametersOf>;
  private readonly saved: Map<string, string>;
  private readonly live = new Map<string, string>();
  private readonly commands = new RylrCommands();
  private readonly inputs: RylrInput[] = [];
  private isExecuting = false;
  private stopPauseTimer = () => {};

  constructor(setup: ModemSetup & RylrSettings) {
    super(setup, 'rylr');
    this.model = setup.model ?? 'RYLR998';
    this.pauseMs = setup.pauseMs ?? PAUSE_MS;
    this.parameters = parametersOf(this.model);
    this.saved = new Map([...this.parameters].map(([name, { initial }]) => [name, initial]));
    if (setup.address !== undefined && setup.address !== '')
      this.saved.set('ADDRESS', setup.address);
    this.restore();
  }

  get address(): string {
    return this.live.get('ADDRESS') ?? '';
  }

  protected override isReceiverOn(): boolean {
    return this.live.get('MODE') !== MODE_SLEEP;
  }

  protected override takeOctets(octets: Uint8Array): void {
    this.stopPauseTimer();
    this.inputs.push(...this.commands.push(octets));
    this.executeNext();
    this.stopPauseTimer = this.after(this.pauseMs, () => this.endByPause());
  }

  protected override takeFrame({ from, payload }: AirFrame, reception: Reception): void {
    const { rssiDbm, snrDb } = reception;
    const head = `+RCV=${from},${payload.length},`;
    const tail = `,${Math.round(rssiDbm)},${Math.round(snrDb)}\r\n`;
    this.tell(concat(fromText(head), payload, fromText(tail)));
  }

  protected override forget(): void {
    this.commands.pause();
    this.inputs.length = 0;
    this.isExecuting = false;
    this.restore();
  }

  protected override startUp(): void {
    this.tell(fromText('+READY\r\n'), START_UP);
  }

  private restore(): void {
    for (const [name, value] of this.saved) this.live.set(name, value);
  }

  private endByPause(): void {
    const rest = this.commands.pause();
    if (rest === 'no-line-end') this.fail(ERROR.noLineEnd);
    if (rest === 'length-mismatch') this.fail(ERROR.lengthMismatch);
  }

  private executeNext(): void {
    if (this.isExecuting) return;
    const input = this.inputs.shift();
    if (input === undefined) return;
    this.isExecuting = true;
    this.after(COMMAND, () => {
      this.isExecuting = false;
      this.execute(input);
      this.executeNext();
    });
  }

  private execute(input: RylrInput): void {
    switch (input.kind) {
      case 'send':
        return this.send(input.to, input.data);
      case 'length-mismatch':
        return this.fail(ERROR.lengthMismatch);
      case 'command':
        return this.run(input.line);
    }
  }

  private send(to: number, data: Uint8Array): void {
    if (data.length > DATA_BYTES_MAX) return this.fail(ERROR.tooLong);
    if (this.isTransmitting || this.faults.busy) return this.fail(ERROR.stillTransmitting);
    const target = to === EVERYBODY ? null : String(to);
    this.transmit({ payload: data, to: target, overheadBytes: OVERHEAD_BYTES }, () =>
      this.say('+OK'),
    );
  }

  private run(line: string): void {
    if (!line.startsWith('AT')) return this.fail(ERROR.noHead);
    if (line === 'AT') return this.say('+OK');
    const [, name = '', operator, value = ''] = /^AT\+([A-Z]+)(?:(=|\?)(.*))?$/.exec(line) ?? [];
    if (operator === '?') return this.tellValue(name);
    if (operator === '=') return this.set(name, value);
    if (name === 'RESET') return this.resetByCommand();
    if (name === 'FACTORY') return this.restoreFactory();
    this.fail(ERROR.unknownCommand);
  }

  private tellValue(name: string): void {
    if (name === 'VER') return this.say(`+VER=${this.model}_REYAX_V1.2.2`);
    const value = this.live.get(name);
    if (value === undefined) return this.fail(ERROR.unknownCommand);
    this.say(`+${name}=${value}`);
  }

  private set(name: string, text: string): void {
    const parameter = this.parameters.get(name);
    if (name === 'SEND') return this.fail(ERROR.lengthMismatch);
    if (parameter === undefined) return this.fail(ERROR.unknownCommand);
    // AT+BAND=868100000,M is remembered.
    const isMarked = name === 'BAND' && text.endsWith(',M');
    const value = isMarked ? text.slice(0, -',M'.length) : text;
    const error = parameter.check(value);
    if (error !== 0) return this.fail(error);
    if (name === 'MODE' && !this.isReceiverOn()) this.receiverSwitchedOn();
    this.live.set(name, value);
    if (parameter.isSaved || isMarked) this.saved.set(name, value);
    this.say('+OK');
  }

  private resetByCommand(): void {
    this.say('+RESET');
    this.reset();
  }

  private restoreFactory(): void {
    for (const [name, { initial }] of this.parameters) this.saved.set(name, initial);
    this.restore();
    this.say('+FACTORY');
  }

  private fail(code: number): void {
    this.say(`+ERR=${code}`);
  }

  private say(text: string): void {
    this.answer(fromText(`${text}\r\n`));
  }
}
