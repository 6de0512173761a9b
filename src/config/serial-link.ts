/** What a serial link of the configuration means for its modem and its radio, defaults filled in. */
import { type Addressing, modemFacts, type ModemSettings } from '../modems/registry.js';
import { TURNAROUND_MS } from '../radio/limits.js';
import type { LoraSettings } from '../radio/lora.js';
import { MODEM_DEFAULTS, type SerialLinkConfig } from './link-schema.js';
import { needsAddressing, traitsOf } from './modem-traits.js';
import { judgeRadio, loraSettings, type RadioUse } from './radio.js';

const NODE_ADDRESS = 1;

const KEY_OCTET = /../g;

export const baudRate = ({ modem, baudrate }: SerialLinkConfig): number =>
  baudrate ?? modemFacts(modem).defaultBaudRate;

export const maxMessageBytes = ({ modem, max_message }: SerialLinkConfig): number =>
  max_message ?? traitsOf(modem).maxMessageBytes;

/** Time that a device needs to turn around; none where there is no radio. */
export const turnaroundMs = ({ modem, radio, turnaround }: SerialLinkConfig): number =>
  turnaround ?? (radio === undefined && traitsOf(modem).air?.kind === 'rate' ? 0 : TURNAROUND_MS);

export function radioUse(link: SerialLinkConfig): RadioUse {
  const { use, problems } = judgeRadio(link.modem, link.radio, maxMessageBytes(link));
  if (use !== undefined) return use;
  const [{ message } = { message: '' }] = problems;
  throw new Error(`broken invariant: a radio that was judged to be in order ${message}`);
}

/** The modem with all that its driver has to be told. */
export function modemSettings(link: SerialLinkConfig): ModemSettings {
  const { modem } = link;
  const line = { baudRate: baudRate(link) };
  const sized = { ...line, messageBytesMax: maxMessageBytes(link) };
  switch (modem) {
    case 'raw':
    case 'slip':
    case 'cobs':
    case 'hdlc':
      return { modem, ...sized, addressing: addressing(link) };
    case 'ebyte-transparent':
      return { modem, ...line, ...ebyteSettings(link), addressing: addressing(link) };
    case 'ebyte-fixed':
      return { modem, ...line, ...ebyteFixedSettings(link), addressing: addressing(link) };
    case 'xbee':
      return { modem, ...line, ...xbeeSettings(link) };
    case 'rn2483': {
      const { query_signal: querySignal } = link.rn2483 ?? MODEM_DEFAULTS.rn2483;
      return { modem, lora: lora(link), addressing: addressing(link), querySignal };
    }
    case 'rui3':
      return { modem, lora: lora(link), addressing: addressing(link) };
    case 'rylr': {
      const { network_id, encoding, password } = link.rylr ?? MODEM_DEFAULTS.rylr;
      return {
        modem,
        lora: lora(link),
        ownAddress: link.node_address ?? NODE_ADDRESS,
        networkId: network_id,
        encoding,
        ...(password === undefined ? {} : { password }),
      };
    }
    case 'aquila': {
      const { pan, key, pairing } = link.aquila ?? MODEM_DEFAULTS.aquila;
      return {
        modem,
        ...sized,
        pan,
        ...(key === undefined ? {} : { key: octetsOf(key) }),
        ...(pairing && { pairing: { address: pairing.address, windowMs: pairing.window } }),
      };
    }
    case 'loralink':
      return { modem, ...sized, hasTransmitter: link.loralink?.transmit_port !== undefined };
    default:
      return modem satisfies never;
  }
}

function addressing(link: SerialLinkConfig): Addressing {
  const kind = link.addressing ?? traitsOf(link.modem).addressing;
  switch (kind) {
    case 'none':
    case 'fe':
      return { kind };
    case 'radiohead': {
      const { node_address: ownAddress = NODE_ADDRESS, acknowledge = false } = link;
      return { kind, ownAddress, acknowledge };
    }
    case undefined:
      throw new Error(`broken invariant: modem ${link.modem} without addressing`);
    default:
      return kind satisfies never;
  }
}

function ebyteSettings({ ebyte }: SerialLinkConfig) {
  if (ebyte === undefined) throw new Error('broken invariant: an EBYTE module without its family');
  const { family, sub_packet, rssi } = ebyte;
  return {
    family,
    rssiOctet: rssi,
    ...(sub_packet === undefined ? {} : { subPacketBytes: sub_packet }),
  };
}

function ebyteFixedSettings(link: SerialLinkConfig) {
  const { channel, device_address } = link.ebyte ?? {};
  if (channel === undefined) throw new Error('broken invariant: ebyte-fixed without a channel');
  return {
    ...ebyteSettings(link),
    channel,
    ...(device_address === undefined ? {} : { deviceAddress: device_address }),
  };
}

function xbeeSettings({ xbee = MODEM_DEFAULTS.xbee }: SerialLinkConfig) {
  const { configure, rssi, dialect, extended_timeout, fragment, explicit } = xbee;
  return {
    configure,
    dialect,
    fragment,
    lastHopRssi: rssi,
    extendedTimeout: extended_timeout,
    ...(explicit && {
      explicit: {
        sourceEndpoint: explicit.source_endpoint,
        destinationEndpoint: explicit.destination_endpoint,
        cluster: explicit.cluster,
        profile: explicit.profile,
      },
    }),
  };
}

function lora({ modem, radio }: SerialLinkConfig): LoraSettings {
  if (radio === undefined) throw new Error(`broken invariant: modem ${modem} without radio`);
  return loraSettings(modem, radio);
}

const octetsOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(KEY_OCTET) ?? [], (octet) => Number.parseInt(octet, 16));

/** "rn2483 868.1 MHz SF9": for people, who see at once whether it is what they meant. */
export function modemText({ modem, radio, ...link }: SerialLinkConfig): string {
  const { frequency, spreading_factor } = radio ?? {};
  const kind = needsAddressing(modem) ? (link.addressing ?? traitsOf(modem).addressing) : undefined;
  return [
    modem,
    ...(kind === undefined || kind === 'none' ? [] : [kind]),
    ...(frequency === undefined ? [] : [`${frequency / 1e6} MHz`]),
    ...(spreading_factor === undefined ? [] : [`SF${spreading_factor}`]),
  ].join(' ');
}
