import { type EbyteSettings, ebyteStream, subPacketBytes } from './ebyte.js';
import type { ModemFacts } from './facts.js';
import type { LinkHeader } from './link-header.js';
import type { Modem } from './modem.js';
import { StreamModem } from './stream-modem.js';

/**
 * EBYTE modules in fixed transmission: each packet goes to one module, or to all on a channel. The
 * receiver is not told who has sent it, so a link header says that: its node id is the module's address.
 */
export const facts = {
  name: 'ebyte-fixed',
  defaultBaudRate: 9600,
  hasAddresses: false,
  canBroadcast: true,
  confirms: false,
  probeIsSilent: true,
  signal: ['rssiDbm'],
} as const satisfies ModemFacts;

export interface EbyteFixedSettings extends EbyteSettings {
  /** The channel that all modules share. */
  channel: number;
  /** The module of the one device that there is without a link header; all modules unless given. */
  deviceAddress?: number;
}

const EVERYBODY = 0xffff;
/** ADDH ADDL CHAN, taken off by the module. Whether they count as part of the packet no manual says. */
const TARGET_BYTES = 3;

export function createEbyteFixed(settings: EbyteFixedSettings): Modem {
  const { header, channel, deviceAddress = EVERYBODY } = settings;
  const bytesMax = subPacketBytes(settings) - TARGET_BYTES;
  const target = (address: string | null): number | undefined =>
    address === null ? EVERYBODY : moduleAddress(header, address, deviceAddress);
  return new StreamModem({
    ...ebyteStream(settings),
    name: facts.name,
    reaches: (address) => target(address) !== undefined,
    encode: (payload, address) => {
      const module = target(address);
      if (module === undefined) return undefined;
      const line = new Uint8Array(TARGET_BYTES + payload.length);
      line[0] = module >>> 8;
      line[1] = module;
      line[2] = channel;
      line.set(payload, TARGET_BYTES);
      return line;
    },
    payloadBytesMax: bytesMax,
    messageBytesMax: bytesMax,
  });
}

/** The module behind an address of the link header; undefined: there is none with such a long one. */
function moduleAddress(
  header: LinkHeader,
  address: string,
  deviceAddress: number,
): number | undefined {
  switch (header.kind) {
    case 'none':
      return deviceAddress;
    case 'fe':
      return /^[0-9a-f]{4}$/i.test(address) ? Number.parseInt(address, 16) : undefined;
    case 'radiohead':
      return Number(address);
    default:
      return header.kind satisfies never;
  }
}
