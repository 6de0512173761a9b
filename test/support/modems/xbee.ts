/** An XBee as far as the driver's dialogue goes: answers AT commands in its API mode, or in text. */
import {
  createXbeeFramer,
  encodeXbeeFrame,
  type XbeeApiMode,
} from '../../../src/framing/xbee-frame.js';
import { fromHex, toHex } from '../hex.js';

/** Values as hex; a command that is not here is unknown to the module. */
const ZIGBEE = {
  NP: '0054',
  EE: '00',
  VR: '4060',
  HV: '2d42',
  SH: '0013a200',
  SL: '41b97e13',
  MY: '0000',
  DB: '2f',
};

export class SimulatedXbee {
  apiMode: 0 | XbeeApiMode;
  values: Record<string, string>;
  /** What becomes of a transmission; undefined: nothing is said. */
  status: number | undefined = 0;
  /** Knows the API; of the second generation's AT firmware it is not true. */
  hasApi = true;
  /** Types of the frames that came, with what they were. */
  readonly frames: string[] = [];
  readonly commands: string[] = [];
  #text = '';
  #isCommanded = false;

  constructor(apiMode: 0 | XbeeApiMode = 2, values: Record<string, string> = ZIGBEE) {
    this.apiMode = apiMode;
    this.values = values;
  }

  readonly respond = (written: Uint8Array): Uint8Array[] =>
    this.apiMode === 0 ? this.#spoken(written) : this.#framed(written, this.apiMode);

  encode(hex: string): Uint8Array {
    return encodeXbeeFrame(fromHex(hex), this.apiMode === 1 ? 1 : 2);
  }

  #framed(written: Uint8Array, mode: XbeeApiMode): Uint8Array[] {
    return createXbeeFramer(mode, 1000)
      .push(written, 0)
      .flatMap((event) => (event.kind === 'frame' ? this.#frame(event.data) : []));
  }

  #frame(data: Uint8Array): Uint8Array[] {
    this.frames.push(toHex(data));
    const id = toHex(data.subarray(1, 2));
    switch (data[0]) {
      case 0x08: {
        const command = String.fromCharCode(data[2] ?? 0, data[3] ?? 0);
        this.commands.push(command);
        const value = command === 'AP' ? `0${this.apiMode}` : this.values[command];
        const answer = value === undefined ? '02' : `00${value}`;
        return [this.encode(`88${id}${toHex(data.subarray(2, 4))}${answer}`)];
      }
      case 0x10:
      case 0x11:
        return this.#status((status) => `8b${id}7d8400${status}00`);
      case 0x00:
      case 0x01:
        return this.#status((status) => `89${id}${status}`);
      default:
        return [];
    }
  }

  #status(frame: (status: string) => string): Uint8Array[] {
    if (this.status === undefined) return [];
    return [this.encode(frame(this.status.toString(16).padStart(2, '0')))];
  }

  #spoken(written: Uint8Array): Uint8Array[] {
    const text = Buffer.from(written).toString('latin1');
    if (text === '+++') {
      this.#isCommanded = true;
      return [Buffer.from('OK\r')];
    }
    if (!this.#isCommanded) return [];
    this.#text += text;
    const commands = this.#text.split('\r');
    this.#text = commands.pop() ?? '';
    return commands.map((command) => Buffer.from(`${this.#commanded(command)}\r`));
  }

  #commanded(command: string): 'OK' | 'ERROR' {
    this.commands.push(command);
    if (command === 'ATAP2') {
      if (!this.hasApi) return 'ERROR';
      this.#next = 2;
    }
    if (command === 'ATCN') {
      this.#isCommanded = false;
      this.apiMode = this.#next;
    }
    return 'OK';
  }

  #next: 0 | XbeeApiMode = 0;
}
