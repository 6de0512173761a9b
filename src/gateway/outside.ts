/**
 * What the gateway has of the world outside of its process: files, ports, sockets, the machine's clocks,
 * and a name for each run. Timers, time and chance it takes from the process itself.
 */
import { randomBytes } from 'node:crypto';
import type { SerialLinkConfig } from '../config/schema.js';
import { baudRate } from '../config/serial-link.js';
import type { Link } from '../links/link.js';
import { PairedPortSource } from '../links/port/paired-port.js';
import type { PortSource } from '../links/port/port.js';
import { SerialPortSource } from '../links/port/serial-port.js';
import { TcpPortSource } from '../links/port/tcp-port.js';
import { UdpLink, type UdpOptions } from '../links/udp.js';
import { modemFacts } from '../modems/registry.js';
import { type Driver, levelDb } from '../store/index.js';
import type { Dial } from '../upstream/index.js';
import { type Machine, thisMachine } from './clock.js';

export interface Outside {
  readonly machine: Machine;
  /** Where the journal is. */
  readonly disk: Driver;
  /** How brokers are reached; undefined: over sockets of the system. */
  readonly dial: Dial | undefined;
  udp(options: UdpOptions): Link;
  port(link: SerialLinkConfig): PortSource;
  /** A name that tells this run from all others. */
  newRun(): string;
}

/** Octets of the name that tells a run from all others. */
const RUN_BYTES = 6;

export const realOutside = (): Outside => ({
  machine: thisMachine(),
  disk: levelDb,
  dial: undefined,
  udp: (options) => new UdpLink(options),
  port: portSource,
  newRun: () => randomBytes(RUN_BYTES).toString('hex'),
});

function portSource(link: SerialLinkConfig): PortSource {
  const { port, loralink: { transmit_port: transmitPort } = {} } = link;
  const source = sourceOf(link, port);
  return transmitPort === undefined
    ? source
    : new PairedPortSource(source, sourceOf(link, transmitPort));
}

function sourceOf(link: SerialLinkConfig, port: SerialLinkConfig['port']): PortSource {
  const { rtscts } = link;
  switch (port.kind) {
    case 'tcp':
      return new TcpPortSource(port.host, port.port);
    case 'device':
      return new SerialPortSource({
        path: port.path,
        baudRate: baudRate(link),
        rtscts,
        lowLatency: modemFacts(link.modem).isDeafUntilTold === true,
      });
    default:
      return port satisfies never;
  }
}
