import type { AirFrame, Reception } from '../../air.js';
import { BaseModem } from '../base.js';
import { COMMAND } from '../latencies.js';
import type { ModemSetup } from '../modem.js';
import { concat, equal, toHex } from '../octets.js';
import { octetMs, Packetizer } from '../packetizer.js';
import { TransmitQueue } from '../transmit-queue.js';
import { configure, configureE32 } from './configuration.js';
import { FAMILIES } from './families.js';
import { EbyteRegisters, type EbyteSettings } from './registers.js';

type EbyteDialect = 'ebyte-transparent' | 'ebyte-fixed';

/** Set by the pins M0 and M1, which are jumpers on most boards (modems.md 4.1). */
type EbyteMode = 'normal' | 'configuration';

/** A pause of three octets ends a packet (4.3). */
const GAP_OCTETS = 3;
/** The configuration mode has a speed of its own. */
const CONFIGURATION_BAUD_RATE = 9600;
/** ADDH ADDL CHAN before each burst of fixed transmission. */
const TARGET_BYTES = 3;
const EVERYBODY = 'FFFF';
/** In normal mode, when allowed: which of noise and last RSSI to tell. */
const NOISE_COMMAND = Uint8Array.of(0xc0, 0xc1, 0xc2, 0xc3);
const AMBIENT_NOISE_DBM = -98;

interface Packet {
  payload: Uint8Array;
  to: string | null;
  channel: number;
}

/**
 * An EBYTE LoRa module (modems.md 4): packets are cut by pauses and by the sub-packet's size, and nothing
 * says what has become of them. All of this air is one channel: what goes to another is heard by nobody.
 */
export class EbyteModem extends BaseModem {
  private readonly registers: EbyteRegisters;
  private readonly configure: typeof configure;
  private readonly packetizer: Packetizer;
  private readonly queue: TransmitQueue<Packet>;
  private mode: EbyteMode = 'normal';
  /** Of the burst that is coming in, in fixed transmission. */
  private target: { to: string | null; channel: number } | undefined;
  private lastRssiDbm = AMBIENT_NOISE_DBM;

  constructor(dialect: EbyteDialect, setup: ModemSetup & EbyteSettings) {
    super(setup, dialect);
    const family = setup.family ?? 'e22';
    this.registers = new EbyteRegisters({ ...setup, isFixed: dialect === 'ebyte-fixed' });
    this.configure = family === 'e32' ? configureE32 : configure;
    this.queue = new TransmitQueue(FAMILIES[family].bufferBytes, (packet, next) =>
      this.begin(packet, next),
    );
    this.packetizer = new Packetizer({
      after: (delayMs, call) => this.after(delayMs, call),
      gapMs: () => GAP_OCTETS * octetMs(this.baudRate()),
      // Whether the address counts is not documented; a host that keeps a margin does not care.
      isFull: (packet) => packet.length === this.registers.subPacketBytes,
      onPacket: (packet, ended) => this.takePacket(packet, ended === 'pause'),
    });
  }

  /** Modules of one address hear each other, and in fixed transmission those of FFFF hear everybody. */
  get address(): string {
    const { address, isFixed } = this.registers;
    return isFixed && address !== EVERYBODY ? address : '';
  }

  setMode(mode: EbyteMode): void {
    this.packetizer.clear();
    this.target = undefined;
    if (mode === 'normal' && this.mode !== 'normal') this.receiverSwitchedOn();
    this.mode = mode;
  }

  protected override isReceiverOn(): boolean {
    return this.mode === 'normal';
  }

  protected override takeOctets(octets: Uint8Array): void {
    this.packetizer.push(octets);
  }

  protected override takeFrame(frame: AirFrame, reception: Reception): void {
    this.lastRssiDbm = reception.rssiDbm;
    const rssi = this.registers.hasRssiOctet ? [rssiOctet(reception.rssiDbm)] : [];
    this.tell(concat(frame.payload, rssi));
  }

  /** The pins are where they were. */
  protected override forget(): void {
    this.packetizer.clear();
    this.queue.clear();
    this.target = undefined;
    this.registers.restore();
  }

  /** Nothing on the UART: AUX alone tells that it is ready. */
  protected override startUp(): void {}

  private baudRate(): number {
    return this.mode === 'normal' ? this.registers.baudRate : CONFIGURATION_BAUD_RATE;
  }

  private takePacket(packet: Uint8Array, isEndOfBurst: boolean): void {
    if (this.mode === 'configuration') return this.takeCommand(packet);
    if (!this.answersNoise(packet)) this.takeData(packet);
    if (isEndOfBurst) this.target = undefined;
  }

  private takeCommand(command: Uint8Array): void {
    const answer = this.configure(command, this.registers);
    if (answer === 'reset') this.reset();
    else this.answer(answer, COMMAND);
  }

  private answersNoise(packet: Uint8Array): boolean {
    const head = packet.slice(0, NOISE_COMMAND.length);
    const [start = 0, length = 0, ...rest] = packet.slice(NOISE_COMMAND.length);
    if (!this.registers.hasNoiseRssi || !equal(head, NOISE_COMMAND) || rest.length > 0)
      return false;
    const levels = [AMBIENT_NOISE_DBM, this.lastRssiDbm].slice(start, start + length);
    this.answer(Uint8Array.of(0xc1, start, levels.length, ...levels.map(rssiOctet)), COMMAND);
    return true;
  }

  private takeData(packet: Uint8Array): void {
    const isFixed = this.registers.isFixed;
    const isFirst = this.target === undefined;
    if (isFixed && isFirst) {
      if (packet.length <= TARGET_BYTES) return;
      const to = toHex(packet.slice(0, 2));
      this.target = { to: to === EVERYBODY ? null : to, channel: packet[2] ?? 0 };
    }
    const payload = isFixed && isFirst ? packet.slice(TARGET_BYTES) : packet;
    const target = this.target ?? { to: null, channel: this.registers.channel };
    if (payload.length > 0 && !this.faults.busy) this.queue.push({ payload, ...target });
  }

  private begin(packet: Packet, next: () => void): void {
    const { payload, to, channel } = packet;
    if (channel === this.registers.channel) this.transmit({ payload, to, from: '' }, next);
    else this.after(this.air.airTimeMs(payload.length), next);
  }
}

/** C4 is -60 dBm. */
function rssiOctet(dbm: number): number {
  return Math.min(0xff, Math.max(0, 256 + Math.round(dbm)));
}
