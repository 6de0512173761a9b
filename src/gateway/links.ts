/** From the links of the configuration to links that run. */
import type { LinkConfig, SerialLinkConfig } from '../config/schema.js';
import { modemSettings, modemText, radioUse, turnaroundMs } from '../config/serial-link.js';
import type { Link } from '../links/link.js';
import { RadioLink } from '../links/radio.js';
import type { ChannelUsage } from '../modems/channel-events.js';
import { Channel } from '../modems/channel.js';
import { createModem } from '../modems/registry.js';
import type { AirJournal } from './air-journal.js';
import type { Outside } from './outside.js';

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
  outside: Outside,
): Links {
  const radios = new Map<string, Channel>();
  const links = configs.map((config): Link => {
    switch (config.type) {
      case 'udp':
        return udpLink(config, outside);
      case 'serial': {
        const channel = channelOf(config);
        radios.set(config.name, channel);
        return radioLink(config, channel, airJournal, now, outside);
      }
      default:
        return config satisfies never;
    }
  });
  return { links, radios };
}

export function udpLink(link: Extract<LinkConfig, { type: 'udp' }>, outside: Outside): Link {
  const { host, port } = link.listen;
  const { multicast } = link;
  return outside.udp({
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
  outside: Outside,
): Link {
  const source = outside.port(link);
  return new RadioLink({
    name: link.name,
    modem: modemText(link),
    source,
    channel,
    journal: airJournal.of(link.name, source.name),
    now,
  });
}
