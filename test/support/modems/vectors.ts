/** The golden frames of every modem kind. */
import vectors from '../../vectors/modems.json' with { type: 'json' };
import { fromHex, toHex } from '../hex.js';

export interface ModemVector {
  id: string;
  modem: string;
  direction: 'rx' | 'tx';
  payloadHex: string | string[] | null;
  address: string | null;
  serialHex: string | null;
  line?: string;
  meta?: Record<string, unknown>;
  error?: string;
  kind?: string;
  drop?: boolean;
  note: string;
  splitBeforeByte?: number;
}

const all = vectors.vectors as ModemVector[];

export const vectorsOf = (modem: string): ModemVector[] =>
  all.filter((vector) => vector.modem === modem);

/** The messages that come out, as hex. */
export function payloadsOf({ payloadHex, drop }: ModemVector): string[] {
  if (payloadHex === null || drop === true) return [];
  return typeof payloadHex === 'string' ? [payloadHex] : payloadHex;
}

/** Every way to cut octets in two, then octet by octet, then whole. */
export function chunkings(octets: Uint8Array): Uint8Array[][] {
  const cut = Array.from({ length: octets.length }, (_, at) => [
    octets.slice(0, at),
    octets.slice(at),
  ]);
  return [...cut, [...octets].map((octet) => Uint8Array.of(octet)), [octets]];
}

export const MESSAGES = {
  connect: fromHex('0d040401003c6e6f64652d3031'),
  connack: fromHex('030500'),
  pub0: fromHex('0b0c000001000032312e35'),
  nasty: fromHex('1a0c20000100027e7d1113c0dbdcdd00ff037f0d0a2c1a94c310'),
  pingreq: fromHex('0216'),
};

export const concat = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(Buffer.concat(parts));

export { fromHex, toHex };
