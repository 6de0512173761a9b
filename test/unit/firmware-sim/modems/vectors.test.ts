import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createVirtualModem, type VirtualModem } from '../../../../firmware-sim/modems/index.js';
import type { ModemSetup } from '../../../../firmware-sim/modems/modem.js';
import { Bench } from './bench.js';

interface Vector {
  id: string;
  modem: string;
  direction: 'rx' | 'tx';
  kind?: string;
  payloadHex: string | string[] | null;
  serialHex: string | null;
  address: string | null;
  error?: string;
  drop?: boolean;
  meta?: Meta;
}

interface Meta {
  addr16?: string;
  options?: number;
  rssi?: number | null;
  snr?: number;
  lqi?: number;
  srcEndpoint?: number;
  encoding?: string;
  encapsulation?: string;
  channel?: number;
  rssiByte?: boolean;
  apiMode?: 1 | 2;
}

const file = new URL('../../../vectors/modems.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] };

type Setup = ModemSetup;

const XBEE_ADDRESS = '0013A20040000001';

/** The modem that belongs to a vector, in the settings that the vector is made with. */
const MODEMS: Record<string, (setup: Setup, vector: Vector) => VirtualModem> = {
  'mqttsn-raw': (setup) => createVirtualModem('raw', setup),
  slip: (setup) => createVirtualModem('slip', setup),
  cobs: (setup) => createVirtualModem('cobs', setup),
  hdlc: (setup) => createVirtualModem('hdlc', setup),
  aquila: (setup) => createVirtualModem('aquila', setup),
  'xbee-ap1': (setup, vector) => zigbee(1, setup, vector),
  'xbee-ap2': (setup, vector) => zigbee(2, setup, vector),
  'xbee-802154': (setup, { id, meta }) =>
    createVirtualModem('xbee', {
      ...setup,
      // Two vectors are of newer firmware, which marks acknowledged packets and knows AO.
      firmware: ['xbee-802154-14', 'xbee-802154-15'].includes(id) ? '802.15.4' : '802.15.4-s1',
      outputMode: meta?.rssi === null ? 0 : 2,
      apiMode: meta?.apiMode ?? 2,
      address: XBEE_ADDRESS,
    }),
  loralink: (setup) => createVirtualModem('loralink', setup),
  'ebyte-transparent': (setup, { meta }) =>
    createVirtualModem('ebyte-transparent', { ...setup, rssiOctet: meta?.rssiByte === true }),
  'ebyte-fixed': (setup, { meta }) =>
    createVirtualModem('ebyte-fixed', {
      ...setup,
      rssiOctet: meta?.rssiByte === true,
      channel: meta?.channel ?? 0,
      address: 'FFFF',
    }),
  rn2483: (setup) => createVirtualModem('rn2483', setup),
  rui3: (setup, { id }) =>
    createVirtualModem('rui3', { ...setup, events: id === 'rui3-04' ? 'two-lines' : 'one-line' }),
  rylr: (setup) => createVirtualModem('rylr', { ...setup, address: '1' }),
};

function zigbee(apiMode: 1 | 2, setup: Setup, { meta, address }: Vector): VirtualModem {
  const { addr16, srcEndpoint } = meta ?? {};
  return createVirtualModem('xbee', {
    ...setup,
    apiMode,
    outputMode: srcEndpoint === undefined ? 0 : 1,
    address: XBEE_ADDRESS,
    networkAddresses: address !== null && addr16 !== undefined ? { [address]: addr16 } : {},
  });
}

/** What a modem needs to be told before it receives or sends. */
const PREPARATIONS: Record<string, string> = {
  'rn2483 rx': 'mac pause\r\nradio rx 0\r\n',
  'rn2483 tx': 'mac pause\r\n',
  'rui3 rx': 'AT+PRECV=65533\r\n',
};

function benchOf(vector: Vector): Bench<VirtualModem> {
  const create = MODEMS[vector.modem];
  if (create === undefined) throw new Error(`no modem for ${vector.id}`);
  const bench = new Bench((setup) => create(setup, vector));
  const preparation = PREPARATIONS[`${vector.modem} ${vector.direction}`];
  if (preparation !== undefined) bench.type(preparation).run(1000).take();
  return bench;
}

/** The address as the air has it, null for everybody. */
function airAddress({ modem, address }: Vector): string | null {
  const everybody = ['000000000000FFFF', 'FFFF', '255', '0'];
  if (address === null || (everybody.includes(address) && modem !== 'aquila')) return null;
  return modem === 'aquila' ? String(Number(address)) : address;
}

/** What is on the air for a message: RYLR takes text, forwarder encapsulation is the host's. */
function airPayload({ payloadHex, meta, modem, address }: Vector): string {
  const hex = String(payloadHex);
  if (meta?.encapsulation === 'fe') return `05fe01${address}${hex}`;
  if (modem !== 'rylr' || meta?.encoding === 'raw') return hex;
  const octets = Buffer.from(hex, 'hex');
  const text = meta?.encoding === 'base64' ? octets.toString('base64') : hex.toUpperCase();
  return Buffer.from(text, 'latin1').toString('hex');
}

/** Forms that a receiver has to accept, but that these modems do not make; and the reason. */
const NOT_MADE: Record<string, string> = {
  'slip-06': 'END on one side only',
  'slip-07': 'two frames that share an END',
  'slip-12': 'noise first',
  'cobs-07': 'a delimiter first',
  'hdlc-06': 'two frames that share a flag',
  'hdlc-10': 'noise first',
  'mqttsn-raw-08': 'two messages',
  'mqttsn-raw-11': 'noise first',
  'ebyte-transparent-06': 'a signal of -254 dBm',
  'ebyte-transparent-08': 'two messages',
  'aquila-12': 'address 0 comes in pairing mode only',
};

const data = vectors.filter(({ modem, kind }) => MODEMS[modem] !== undefined && kind === undefined);
const good = data.filter(({ error, serialHex, payloadHex }) => !error && serialHex && payloadHex);

describe('golden vectors, seen from the modem', () => {
  for (const vector of good.filter(({ direction }) => direction === 'tx')) {
    test(`${vector.id}: what the host writes goes on the air`, () => {
      const bench = benchOf(vector).host(String(vector.serialHex)).run(200);
      expect(bench.takeSent()).toEqual([[airAddress(vector), airPayload(vector)]]);
    });
  }

  for (const vector of good.filter(({ direction }) => direction === 'rx')) {
    if (NOT_MADE[vector.id] !== undefined) continue;
    test(`${vector.id}: a packet from the air comes to the host octet by octet`, () => {
      const bench = benchOf(vector).run(1000);
      const { meta, modem, address, payloadHex } = vector;
      expect(payloadHex).toBeTypeOf('string');
      const from = modem === 'aquila' ? String(Number(address)) : (address ?? '');
      const wasBroadcast = (Number(meta?.options ?? 0) & 2) !== 0;
      // Aquila's octet is signed.
      const rssi = meta?.rssi ?? -60;
      bench.hear(
        airPayload(vector),
        { from, to: wasBroadcast ? null : bench.modem.address },
        { rssiDbm: rssi, snrDb: meta?.snr ?? 7, lqi: meta?.lqi ?? 200 },
      );
      expect(bench.run(10).take()).toBe(vector.serialHex);
    });
  }

  test('every vector that is left out is there, and has a reason', () => {
    const ids = new Set(vectors.map(({ id }) => id));
    expect(Object.keys(NOT_MADE).filter((id) => !ids.has(id))).toEqual([]);
  });
});
