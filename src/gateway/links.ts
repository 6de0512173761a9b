/** From the links of the configuration to links that run. */
import type { LinkConfig, SerialLinkConfig } from '../config/schema.js';
import {
  baudRate,
  modemSettings,
  modemText,
  radioUse,
  turnaroundMs,
} from '../config/serial-link.js';
import type { Link } from '../links/link.js';
import { PairedPortSource } from '../links/port/paired-port.js';
import type { PortSource } from '../links/port/port.js';
import { SerialPortSource } from '../links/port/serial-port.js';
import { TcpPortSource } from '../links/port/tcp-port.js';
import { RadioLink } from '../links/radio.js';
import { UdpLink } from '../links/udp.js';
import type { ChannelUsage } from '../modems/channel-events.js';
import { Channel } from '../modems/channel.js';
import { createModem, modemFacts } from '../modems/registry.js';
import type { AirJournal } from './air-journal.js';

export interface Links {
  links: readonly Link[];
  /** What is behind the links with a modem, by their names. */
  radios: ReadonlyMap<string, Channel>;
}

/** By the names of links. */
export type AirUsages = ReadonlyMap<string, ChannelUsage>;

/** @param now the gateway's clock, which starts when the journal is open */
export function createLinks(
  configs: readonly LinkConfig[],
  airJournal: AirJournal,
  now: () => number,
): Links {
  const radios = new Map<string, Channel>();
  const links = configs.map((config): Link => {
    switch (config.type) {
      case 'udp':
        return udpLink(config);
      case 'serial': {
        const channel = channelOf(config);
        radios.set(config.name, channel);
        return radioLink(config, channel, airJournal, now);
      }
      default:
        return config satisfies never;
    }
  });
  return { links, radios };
}

function udpLink(link: Extract<LinkConfig, { type: 'udp' }>): Link {
  const { host, port } = link.listen;
  const { multicast } = link;
  return new UdpLink({
    name: link.name,
    host,
    port,
    receiveBufferBytes: link.receive_buffer,
    ...(multicast
      ? {
          multicast: {
            group: multicast.group,
            port: multicast.port,
            ...(multicast.interface === undefined ? {} : { interface: multicast.interface }),
          },
        }
      : {}),
  });
}

function channelOf(link: SerialLinkConfig): Channel {
  const { air, dutyCycle } = radioUse(link);
  return new Channel({
    modem: createModem(modemSettings(link)),
    air,
    dutyCycle,
    turnaroundMs: turnaroundMs(link),
  });
}

function radioLink(
  link: SerialLinkConfig,
  channel: Channel,
  airJournal: AirJournal,
  now: () => number,
): Link {
  return new RadioLink({
    name: link.name,
    modem: modemText(link),
    source: portSource(link),
    channel,
    journal: airJournal.of(link.name),
    now,
  });
}

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
