import { type EbyteSettings, ebyteStream, subPacketBytes } from './ebyte.js';
import type { ModemFacts } from './facts.js';
import type { Modem } from './modem.js';
import { StreamModem } from './stream-modem.js';

/**
 * EBYTE modules in transparent transmission, and others that pass octets on without addresses or
 * boundaries (HC-12). The modes are set with jumpers, so the module is taken as it is.
 */
export const facts = {
  name: 'ebyte-transparent',
  defaultBaudRate: 9600,
  hasAddresses: false,
  canBroadcast: true,
  confirms: false,
  probeIsSilent: true,
  signal: ['rssiDbm'],
} as const satisfies ModemFacts;

export function createEbyteTransparent(settings: EbyteSettings): Modem {
  const bytesMax = subPacketBytes(settings);
  return new StreamModem({
    ...ebyteStream(settings),
    name: facts.name,
    encode: (payload) => payload,
    payloadBytesMax: bytesMax,
    messageBytesMax: bytesMax,
  });
}
