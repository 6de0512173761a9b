/** A virtual radio with one virtual modem, which stands in front of the gateway at a pty or at TCP, and devices. */
import type { Device, DeviceSetup } from '../../../firmware-sim/devices/firmware.js';
import { RadioPort } from '../../../firmware-sim/devices/radio-port.js';
import { createVirtualModem, type VirtualModem } from '../../../firmware-sim/modems/index.js';
import { openPty, type PtyPort } from '../../../firmware-sim/ports/pty.js';
import { openTcp, type TcpPort } from '../../../firmware-sim/ports/tcp.js';
import { LossMatrix } from '../../../firmware-sim/radio/propagation.js';
import type { StationStatistics } from '../../../firmware-sim/radio/statistics.js';
import { VirtualRadio } from '../../../firmware-sim/radio/virtual-radio.js';
import { Random } from '../../../firmware-sim/random.js';
import { RealTimeline } from '../../../firmware-sim/real-timeline.js';
import { FieldDevice } from './field-device.js';
import type { FieldKind } from './kinds.js';

const SEED = 1;
/** Stations wait while they hear another one: this is about dialogues, not about collisions. */
const LISTEN_BEFORE_TALK = { backoffMsMax: 10, attempts: 20 };
const MODEM_ID = 'modem';
const SECOND_MODEM_ID = 'second modem';
/** Between what a device has heard and what it says. */
const TURNAROUND_MS = 2;

/** T_retry: longer than any answer takes, so that a repeat means that something was lost. */
const RETRY_MS = 4000;
/** The same where losses belong to the kind of modem. */
const RETRY_SOON_MS = 400;

export class Field {
  private readonly radio: VirtualRadio;
  readonly modem: VirtualModem;
  private readonly timeline = new RealTimeline();
  private readonly random: Random;
  private readonly devices: Device[] = [];
  private pty: PtyPort | undefined;
  private tcp: TcpPort | undefined;
  private second: PtyPort | undefined;

  constructor(
    private readonly kind: FieldKind,
    seed = SEED,
  ) {
    this.random = new Random(seed);
    const { timeline, random } = this;
    const { dialect, air, acknowledgements, link, modem } = kind;
    this.radio = new VirtualRadio({
      timeline,
      random: random.branch('radio'),
      airTime: air,
      propagation: new LossMatrix(),
      listenBeforeTalk: LISTEN_BEFORE_TALK,
      ...(acknowledgements && { acknowledgements }),
    });
    this.modem = createVirtualModem(dialect, {
      timeline,
      air: this.radio,
      random: random.branch('modem'),
      id: MODEM_ID,
      baudRate: link.baudrate,
      ...modem,
    });
    this.radio.add(this.modem);
  }

  /** Plugs the modem in. Returns the name that stays when the number changes. */
  async atPty(path: string, stablePath: string): Promise<string> {
    this.pty = await openPty(this.modem, { ...this.line, path, stablePath });
    this.modem.reset();
    return stablePath;
  }

  /** Behind a device server, whose address it returns. */
  async inNetwork(): Promise<string> {
    const host = '127.0.0.1';
    this.tcp = await openTcp(this.modem, { ...this.line, host, port: 0 });
    this.modem.reset();
    return `tcp://${host}:${this.tcp.port}`;
  }

  /** A second modem like the first, with its address, at a port of its own. */
  async besideAtPty(path: string, stablePath: string): Promise<PtyPort> {
    const { timeline, random, radio, kind } = this;
    const { baudrate } = kind.link;
    const modem = createVirtualModem(kind.dialect, {
      timeline,
      air: radio,
      random: random.branch('second modem'),
      id: SECOND_MODEM_ID,
      baudRate: baudrate,
      ...kind.modem,
    });
    radio.add(modem);
    this.second = await openPty(modem, { ...this.line, path, stablePath });
    modem.reset();
    return this.second;
  }

  /** The modem at its pty. */
  get dongle(): PtyPort {
    if (this.pty === undefined) throw new Error('the modem is not at a pty');
    return this.pty;
  }

  /** A device that is switched on; its client id is its name. `retryMs`: its T_retry. */
  device(id: string, retryMs?: number): FieldDevice {
    const ownRetryMs = retryMs ?? (this.kind.mayLose ? RETRY_SOON_MS : RETRY_MS);
    const device = this.add(id, (setup) => new FieldDevice(setup, ownRetryMs));
    device.start();
    return device;
  }

  /** A device with any firmware, that is still off. */
  add<D extends Device>(id: string, build: (setup: DeviceSetup) => D): D {
    const { timeline, random } = this;
    const port = this.port(id, this.kind.device(this.devices.length + 2));
    const device = build({ id, timeline, port, random: random.branch(id) });
    this.devices.push(device);
    return device;
  }

  /** A radio that hears the gateway's modem and is heard by it, without a firmware. */
  port(id: string, place: ReturnType<FieldKind['device']>): RadioPort {
    const { timeline, radio: air, kind } = this;
    const turnaroundMs = kind.deviceTurnaroundMs ?? TURNAROUND_MS;
    const port = new RadioPort({ id, timeline, air, ...place, turnaroundMs });
    air.add(port);
    return port;
  }

  /** Of the modem's transmitter, as somebody beside it measures it. */
  get transmissions(): StationStatistics {
    return this.radio.statistics(MODEM_ID);
  }

  /** The same of the second modem. */
  get secondTransmissions(): StationStatistics {
    return this.radio.statistics(SECOND_MODEM_ID);
  }

  /** Frames that went out while this device had its receiver off. */
  missed(id: string): number {
    return this.radio.statistics(id).lost.asleep;
  }

  async stop(): Promise<void> {
    for (const device of this.devices) device.stop();
    await this.pty?.close();
    await this.second?.close();
    await this.tcp?.close();
    this.timeline.stop();
  }

  private get line() {
    const { timeline, random, kind } = this;
    const { link, usbLatencyMs } = kind;
    const line = { timeline, random: random.branch('line'), baudRate: link.baudrate };
    return usbLatencyMs === undefined ? line : { ...line, usbLatencyMs };
  }
}
