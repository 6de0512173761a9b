import type { AirFrame, Reception } from '../../air.js';
import { BaseModem } from '../base.js';
import { DELIVERY_FAILURE, DELIVERY_REPORT, START_UP } from '../latencies.js';
import type { ModemSetup } from '../modem.js';
import { concat, hexOctets, toHex, toText } from '../octets.js';
import { octetMs, Packetizer } from '../packetizer.js';
import { TransmitQueue } from '../transmit-queue.js';
import { AddressBook, isLong, UNKNOWN_16 } from './addresses.js';
import { CommandMode } from './command-mode.js';
import { ApiDecoder, type ApiMode, encodeApiFrame } from './envelope.js';
import { FIRMWARE, type FirmwareFacts, registersOf, type XBeeFirmware } from './firmware.js';
import { magnitude, receivedFrame } from './received.js';
import { AT_STATUS, type AtResult, Registers } from './registers.js';
import { parseTransmitRequest, type TransmitRequest } from './requests.js';

export interface XBeeSettings {
  firmware?: XBeeFirmware;
  /** AP: 0 transparent, 1 API, 2 API with escapes (default). */
  apiMode?: 0 | 1 | 2;
  /** AO: 0 for frames 90, 1 for 91, 2 for 80 and 81. */
  outputMode?: number;
  /** NP as it is reported; some Zigbee firmware says 0xFF (modems.md 3.5). */
  reportedPayloadBytes?: number;
  /** 16-bit network addresses by 64-bit address, where they matter. */
  networkAddresses?: Readonly<Record<string, string>>;
  role?: 'coordinator' | 'router';
}

const DIALECT = 'xbee';
const BAUD_RATE = 9600;
/** The UART's input buffer is about that small (3.5); what does not fit is lost. */
const INPUT_BYTES_MAX = 202;
const SERIAL_NUMBER_DIGITS = 16;

/** Delivery status in frames 8B and 89 (3.4). */
const DELIVERY = {
  success: 0x00,
  noAcknowledgement: 0x01,
  channelBusy: 0x02,
  networkAcknowledgementFailure: 0x21,
  notJoined: 0x22,
  selfAddressed: 0x23,
  addressNotFound: 0x24,
  payloadTooLarge: 0x74,
} as const;

/** Modem status in frame 8A (3.4). */
const MODEM_STATUS = {
  hardwareReset: 0,
  watchdogReset: 1,
  joined: 2,
  left: 3,
  coordinator: 6,
} as const;

/** A Digi XBee: API modes 1 and 2 and transparent mode, Zigbee and 802.15.4 firmware (modems.md 3). */
export class XBeeModem extends BaseModem {
  private readonly facts: FirmwareFacts;
  private readonly registers: Registers;
  private readonly decoder = new ApiDecoder();
  private readonly commandMode: CommandMode;
  private readonly book: AddressBook;
  private readonly role: 'coordinator' | 'router';
  private readonly transparent: Packetizer;
  private isJoined = true;
  /** What the next start says of its reason. */
  private resetStatus: number = MODEM_STATUS.hardwareReset;
  private readonly queue = new TransmitQueue(INPUT_BYTES_MAX, (request: TransmitRequest, next) =>
    this.begin(request, next),
  );

  constructor(setup: ModemSetup & XBeeSettings) {
    super(setup, DIALECT);
    const firmware = setup.firmware ?? 'zigbee';
    this.facts = FIRMWARE[firmware];
    this.role = setup.role ?? 'coordinator';
    this.book = new AddressBook(setup.networkAddresses ?? {});
    this.registers = new Registers(registersOf(firmware), initialRegisters(setup));
    this.commandMode = new CommandMode(
      {
        now: () => this.timeline.now(),
        after: (delayMs, call) => this.after(delayMs, call),
        answer: (text) => this.answer(text),
        execute: (name, value) => this.execute(name, value),
        release: (octets) => this.takeData(octets),
      },
      this.registers,
    );
    const octet = octetMs(setup.baudRate ?? BAUD_RATE);
    this.transparent = new Packetizer({
      after: (delayMs, call) => this.after(delayMs, call),
      gapMs: () => this.registers.number('RO') * octet,
      isFull: (packet) => packet.length === this.facts.broadcastBytesMax,
      onPacket: (payload) => this.sendTransparent(payload),
    });
  }

  /** The serial number; with 802.15.4 firmware the 16-bit address, if it has one. */
  get address(): string {
    const short = toHex(this.registers.octets('MY'));
    if (!this.facts.isZigbee && short < UNKNOWN_16) return short;
    return toHex(concat(this.registers.octets('SH'), this.registers.octets('SL')));
  }

  /** The network is lost, or there again; the module says so. */
  setJoined(isJoined: boolean): void {
    this.isJoined = isJoined;
    this.registers.note('AI', hexOctets(isJoined ? '00' : '22'));
    this.sayNetwork();
  }

  protected override takeOctets(octets: Uint8Array): void {
    this.takeData(this.commandMode.filter(octets));
  }

  protected override takeFrame(frame: AirFrame, reception: Reception): void {
    if (this.commandMode.isActive || !this.isJoined) return;
    this.registers.note('DB', Uint8Array.of(magnitude(reception.rssiDbm)));
    if (isLong(frame.from)) this.book.learn(frame.from.toUpperCase());
    if (this.apiMode() === 0) return this.tell(frame.payload);
    const outputMode = this.registers.number('AO');
    this.sayFrame(receivedFrame(frame, reception.rssiDbm, this.facts, outputMode, this.book));
  }

  protected override forget(): void {
    this.queue.clear();
    this.decoder.reset();
    this.transparent.clear();
    this.commandMode.leave();
    this.registers.restore();
  }

  protected override startUp(): void {
    const status = this.resetStatus;
    this.resetStatus = MODEM_STATUS.hardwareReset;
    this.after(START_UP, () => {
      if (this.apiMode() !== 0) this.sayFrame(Uint8Array.of(0x8a, status));
      this.sayNetwork();
    });
  }

  private apiMode(): 0 | ApiMode {
    const mode = this.registers.number('AP');
    return mode === 1 || mode === 2 ? mode : 0;
  }

  private takeData(octets: Uint8Array): void {
    if (this.apiMode() === 0) {
      if (octets.length > 0) this.transparent.push(octets);
      return;
    }
    for (const octet of octets) {
      const mode = this.apiMode();
      if (mode === 0) return;
      const data = this.decoder.push(octet, mode);
      if (data !== undefined) this.takeApiFrame(data);
    }
  }

  private takeApiFrame(data: Uint8Array): void {
    const [type = 0, id = 0] = data;
    // Firmware takes what it does not know for a frame of somebody else.
    if (type === 0x08 || type === 0x09) return this.takeCommand(data, type === 0x08);
    if (type === 0x17) return this.refuseRemoteCommand(data, id);
    const request = parseTransmitRequest(data);
    if (request === undefined || !this.speaks(request)) return;
    // A full buffer loses octets; there is no word for it.
    this.queue.push(request);
  }

  private speaks(request: TransmitRequest): boolean {
    return request.dialect === 'zigbee'
      ? this.facts.speaksTransmitRequest
      : this.facts.speaksLegacy;
  }

  private takeCommand(data: Uint8Array, applies: boolean): void {
    if (data.length < 4) return;
    const [, id = 0] = data;
    const name = toText(data.slice(2, 4)).toUpperCase();
    const mode = this.apiMode();
    const result =
      name === 'CN' ? { status: AT_STATUS.invalidCommand } : this.execute(name, data.slice(4));
    if (id !== 0 && mode !== 0) {
      const head = [0x88, id, data[2] ?? 0, data[3] ?? 0, result.status];
      this.answerFrame(concat(head, result.value ?? []), mode);
    }
    if (applies) this.registers.apply();
  }

  /** No other module takes part in remote configuration here. */
  private refuseRemoteCommand(data: Uint8Array, id: number): void {
    if (data.length < 15 || id === 0) return;
    const answer = concat([0x97, id], data.slice(2, 12), data.slice(13, 15), [AT_STATUS.notSent]);
    this.after(DELIVERY_FAILURE, () => this.answerFrame(answer));
  }

  /** A command from any of the three sides; a value of no octets asks. */
  private execute(name: string, value: Uint8Array): AtResult {
    switch (name) {
      case 'WR':
        this.registers.save();
        return { status: AT_STATUS.ok };
      case 'AC':
        this.registers.apply();
        return { status: AT_STATUS.ok };
      case 'ND':
        return { status: AT_STATUS.ok };
      case 'FR':
        this.after(START_UP, () => this.restart());
        return { status: AT_STATUS.ok };
      default:
        return value.length === 0 ? this.registers.read(name) : this.registers.write(name, value);
    }
  }

  /** By software: the module calls it a watchdog reset. */
  private restart(): void {
    this.resetStatus = MODEM_STATUS.watchdogReset;
    this.reset();
  }

  private sendTransparent(payload: Uint8Array): void {
    const to = toHex(concat(this.registers.octets('DH'), this.registers.octets('DL')));
    const parsed = parseTransmitRequest(
      concat([0x10, 0], hexOctets(`${to}${UNKNOWN_16}0000`), payload),
    );
    if (parsed !== undefined) this.queue.push(parsed);
  }

  private begin(request: TransmitRequest, next: () => void): void {
    const isZigbeeForm = request.dialect === 'zigbee';
    const to = isZigbeeForm
      ? this.book.resolve(request.to, request.shortTo)
      : legacyTarget(request);
    const refusal = this.refusal(request, to);
    if (to === undefined || refusal !== undefined) {
      this.report(request, refusal ?? DELIVERY.addressNotFound, to);
      return next();
    }
    this.transmit({ payload: request.payload, to }, (acknowledged) => {
      const isDelivered = acknowledged || to === null || !request.wantsAcknowledgement;
      this.report(request, isDelivered ? DELIVERY.success : this.failure(to), to);
      next();
    });
  }

  private refusal(request: TransmitRequest, to: string | null | undefined): number | undefined {
    const bytesMax = to === null ? this.facts.broadcastBytesMax : this.facts.unicastBytesMax;
    if (request.payload.length > bytesMax) return DELIVERY.payloadTooLarge;
    if (!this.isJoined) return DELIVERY.notJoined;
    if (this.faults.busy) return DELIVERY.channelBusy;
    return to === this.address ? DELIVERY.selfAddressed : undefined;
  }

  private failure(to: string): number {
    if (!this.facts.isZigbee) return DELIVERY.noAcknowledgement;
    return this.book.knows(to) ? DELIVERY.networkAcknowledgementFailure : DELIVERY.addressNotFound;
  }

  private report(request: TransmitRequest, status: number, to: string | null | undefined): void {
    const hasFailedLate =
      status === DELIVERY.addressNotFound || status === DELIVERY.networkAcknowledgementFailure;
    const delay = hasFailedLate ? DELIVERY_FAILURE : DELIVERY_REPORT;
    const frame =
      request.dialect === 'legacy'
        ? Uint8Array.of(0x89, request.id, status)
        : this.zigbeeReport(request, status, to);
    // Not in line with other output: what comes from the air meanwhile does not wait for it.
    if (request.id !== 0) this.after(delay, () => this.answerFrame(frame));
  }

  /** Frame 8B: the address that was found, and whether it had to be looked for. */
  private zigbeeReport(
    request: TransmitRequest,
    status: number,
    to: string | null | undefined,
  ): Uint8Array {
    const head = [0x8b, request.id];
    if (!this.facts.isZigbee || to === null || to === undefined || !isLong(to))
      return concat(head, hexOctets(UNKNOWN_16), [0, status, 0]);
    const wasFound = status === DELIVERY.success;
    const wasSought = request.shortTo === UNKNOWN_16 && !this.book.knows(to);
    if (wasFound) this.book.learn(to);
    const short = wasFound ? this.book.shortOf(to) : UNKNOWN_16;
    return concat(head, hexOctets(short), [0, status, wasSought ? 1 : 0]);
  }

  private sayNetwork(): void {
    if (!this.facts.isZigbee || this.apiMode() === 0) return;
    const whenJoined = this.role === 'coordinator' ? MODEM_STATUS.coordinator : MODEM_STATUS.joined;
    this.sayFrame(Uint8Array.of(0x8a, this.isJoined ? whenJoined : MODEM_STATUS.left));
  }

  private sayFrame(data: Uint8Array): void {
    const mode = this.apiMode();
    if (mode !== 0) this.tell(encodeApiFrame(data, mode, this.faults.takeChecksumFlip()));
  }

  private answerFrame(data: Uint8Array, mode = this.apiMode()): void {
    if (mode !== 0) this.answer(encodeApiFrame(data, mode, this.faults.takeChecksumFlip()));
  }
}

function legacyTarget(request: TransmitRequest): string | null {
  return request.isBroadcast ? null : request.to;
}

function initialRegisters(setup: ModemSetup & XBeeSettings): Map<string, Uint8Array> {
  const values = new Map<string, Uint8Array>([['AP', Uint8Array.of(setup.apiMode ?? 2)]]);
  const address = setup.address?.toUpperCase();
  if (address?.length === SERIAL_NUMBER_DIGITS) {
    values.set('SH', hexOctets(address.slice(0, 8)));
    values.set('SL', hexOctets(address.slice(8)));
  } else if (address !== undefined && address !== '') {
    values.set('MY', hexOctets(address));
  }
  if (setup.outputMode !== undefined) values.set('AO', Uint8Array.of(setup.outputMode));
  if (setup.reportedPayloadBytes !== undefined)
    values.set(
      'NP',
      Uint8Array.of(setup.reportedPayloadBytes >> 8, setup.reportedPayloadBytes & 0xff),
    );
  return values;
}
