/** Modems with text commands as far as a driver's dialogue goes; each answers line by line. */

const encode = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
const lines = (...texts: string[]): Uint8Array =>
  encode(texts.map((text) => `${text}\r\n`).join(''));

abstract class SimulatedTextModem {
  /** What came, in order. */
  readonly commands: string[] = [];
  /** Answers in place of the usual ones, by the beginning of the command; an empty list: none. */
  readonly answers: Record<string, string[]> = {};

  readonly respond = (written: Uint8Array): Uint8Array[] => {
    const command = Buffer.from(written).toString('latin1').replace(/\r\n$/, '');
    this.commands.push(command);
    const special = Object.keys(this.answers).find((start) => command.startsWith(start));
    const said = special === undefined ? this.answer(command) : (this.answers[special] ?? []);
    return said.length === 0 ? [] : [lines(...said)];
  };

  protected abstract answer(command: string): string[];
}

export class SimulatedRn2483 extends SimulatedTextModem {
  version = '1.0.5';
  isReceiving = false;
  snr = -7;
  rssi = -90;
  wdt = 15_000;
  /** Says `radio_tx_ok`. */
  confirms = true;

  get banner(): string {
    return `RN2483 ${this.version} Oct 31 2018 15:06:52`;
  }

  protected answer(command: string): string[] {
    if (command === 'sys get ver') return [this.banner];
    if (command === 'mac pause') return ['4294967245'];
    if (command === 'radio get snr') return [`${this.snr}`];
    if (command === 'radio get rssi') return [`${this.rssi}`];
    if (command === 'radio get wdt') return [`${this.wdt}`];
    if (command === 'radio rxstop') {
      if (this.version !== '1.0.5') return ['invalid_param'];
      this.isReceiving = false;
      return ['ok'];
    }
    if (command.startsWith('radio rx ')) {
      if (this.isReceiving) return ['busy'];
      this.isReceiving = true;
      return ['ok'];
    }
    if (command.startsWith('radio tx ')) {
      if (this.isReceiving) return ['busy'];
      return this.confirms ? ['ok', 'radio_tx_ok'] : ['ok'];
    }
    if (command === 'radio set wdt 0') this.wdt = 0;
    return command.startsWith('radio set ') ? ['ok'] : ['invalid_param'];
  }

  /** A packet from the air: the receiver takes one and stops. */
  packet(hex: string): Uint8Array {
    this.isReceiving = false;
    return lines(`radio_rx  ${hex.toUpperCase()}`);
  }
}

export class SimulatedRui3 extends SimulatedTextModem {
  networkMode = 0;
  receiveMode = 0;
  knowsSendingWhileReceiving = true;
  confirms = true;
  echoes = false;

  protected answer(command: string): string[] {
    const said = this.#answer(command);
    return this.echoes ? [command, ...said] : said;
  }

  #answer(command: string): string[] {
    if (command === 'AT') return ['OK'];
    if (command === 'AT+NWM=?') return [`AT+NWM=${this.networkMode}`, '', 'OK'];
    if (command === 'AT+NWM=0') {
      this.networkMode = 0;
      return ['OK', 'RAKwireless RAK3172 Example', 'Current Work Mode: LoRa P2P.'];
    }
    if (this.networkMode !== 0) return ['AT_MODE_NO_SUPPORT'];
    if (command === 'AT+PRECV=?') return [`AT+PRECV=${this.receiveMode}`, '', 'OK'];
    if (command.startsWith('AT+PRECV=')) {
      const mode = Number(command.slice(9));
      if (mode === 65_533 && !this.knowsSendingWhileReceiving) return ['AT_PARAM_ERROR'];
      this.receiveMode = mode;
      return ['OK'];
    }
    if (command.startsWith('AT+PSEND=')) {
      if (this.receiveMode === 65_534) return ['AT_BUSY_ERROR'];
      return this.confirms ? ['OK', '+EVT:TXP2P DONE'] : ['OK'];
    }
    if (this.receiveMode !== 0)
      return ['P2P_RX_ON already, please disable P2P RX before setting.', 'AT_BUSY_ERROR'];
    return command.startsWith('AT+') ? ['OK'] : ['AT_COMMAND_NOT_FOUND'];
  }
}

export class SimulatedRylr extends SimulatedTextModem {
  readonly values: Record<string, string> = {
    ADDRESS: '0',
    NETWORKID: '18',
    BAND: '915000000',
    PARAMETER: '9,7,1,12',
    CRFOP: '22',
  };
  /** Some firmware knows no questions. */
  tells = true;

  protected answer(command: string): string[] {
    if (command === 'AT' || command.startsWith('AT+SEND=')) return ['+OK'];
    const [, name = '', value] = /^AT\+([A-Z]+)(?:=(.*)|\?)$/.exec(command) ?? [];
    if (value !== undefined) {
      this.values[name] = value;
      return ['+OK'];
    }
    const known = this.tells ? this.values[name] : undefined;
    return [known === undefined ? '+ERR=4' : `+${name}=${known}`];
  }
}

export { lines };
