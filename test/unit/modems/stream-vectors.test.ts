/** The golden frames of the stream modems, of Aquila and of LoRaLink. */
import { describe, expect, it } from 'vitest';
import { createAquila } from '../../../src/modems/aquila.js';
import { createCobs } from '../../../src/modems/cobs.js';
import { createEbyteFixed } from '../../../src/modems/ebyte-fixed.js';
import { createEbyteTransparent } from '../../../src/modems/ebyte-transparent.js';
import { ForwarderHeader } from '../../../src/modems/forwarder-header.js';
import { createHdlc } from '../../../src/modems/hdlc.js';
import { type LinkHeader, NoHeader } from '../../../src/modems/link-header.js';
import { createLoralink } from '../../../src/modems/loralink.js';
import type { Modem } from '../../../src/modems/modem.js';
import { createRaw } from '../../../src/modems/raw.js';
import { createSlip } from '../../../src/modems/slip.js';
import { ModemBench } from '../../support/modems/bench.js';
import {
  chunkings,
  concat,
  fromHex,
  type ModemVector,
  payloadsOf,
  toHex,
  vectorsOf,
} from '../../support/modems/vectors.js';

interface Kind {
  create: (vector: ModemVector) => Modem;
  /** What the reason to discard is called here, by what the vector calls it. */
  faults?: Record<string, string>;
  /** How the driver writes the address of a vector. */
  address?: (address: string) => string | null;
  /** What it has to answer to become ready. */
  respond?: (written: Uint8Array) => readonly Uint8Array[];
  /** Octets without sense after which a frame without a delimiter in front is recognised. */
  noise?: string;
}

const NOISE = 'a5015ac0db7e7d00c000';

const PAUSE_MS = 1000;
const framed = { header: new NoHeader(), baudRate: 115_200, messageBytesMax: 700 };

function headerOf({ meta }: ModemVector): LinkHeader {
  return meta?.['encapsulation'] === 'fe' ? new ForwarderHeader() : new NoHeader();
}

const ebyte = (vector: ModemVector) => ({
  header: headerOf(vector),
  baudRate: 9600,
  family: vector.meta?.['subPacket'] === 200 ? ('e220' as const) : ('e22' as const),
  rssiOctet: vector.meta?.['rssiByte'] === true,
});

const kinds: Record<string, Kind> = {
  'mqttsn-raw': {
    create: () => createRaw({ ...framed, gapMs: 100 }),
    faults: {
      'zero-length': 'bad-length',
      truncated: 'truncated',
      'garbage-prefix': 'noise',
      oversize: 'too-long',
      'short-long-header': 'bad-length',
    },
  },
  slip: {
    create: () => createSlip(framed),
    noise: 'a5015a00db7e7dc0',
    faults: {
      escape: 'bad-escape',
      'length-mismatch': 'bad-length',
      oversize: 'too-long',
      'garbage-prefix': 'bad-length',
    },
  },
  cobs: {
    create: () => createCobs(framed),
    faults: { truncated: 'truncated', 'length-mismatch': 'bad-length', oversize: 'too-long' },
  },
  hdlc: {
    create: () => createHdlc(framed),
    faults: { fcs: 'checksum', abort: 'truncated', short: 'noise', 'garbage-prefix': 'noise' },
  },
  aquila: {
    create: () => createAquila({ baudRate: 115_200, startDelayMs: 0 }),
    faults: { crc: 'checksum', truncated: 'truncated' },
    respond: () => [fromHex('c0000002014376c0')],
  },
  loralink: {
    create: () => createLoralink({ baudRate: 115_200 }),
    faults: { checksum: 'checksum', truncated: 'truncated', length: 'too-long' },
    address: (address) => (address === '255' ? null : address),
  },
  'ebyte-transparent': {
    create: (vector) => createEbyteTransparent(ebyte(vector)),
    faults: { truncated: 'truncated' },
  },
  'ebyte-fixed': {
    create: (vector) =>
      createEbyteFixed({
        ...ebyte(vector),
        channel: (vector.meta?.['channel'] as number | undefined) ?? 4,
        // The vectors name the module also where there is no link header to name it.
        ...(vector.direction === 'tx' && vector.address !== 'FFFF'
          ? { deviceAddress: Number.parseInt(vector.address ?? '', 16) }
          : {}),
      }),
    faults: { truncated: 'truncated' },
    address: (address) => (address === 'FFFF' ? null : address),
  },
};

const good = (modem: string): ModemVector => {
  const vector = vectorsOf(modem).find(
    ({ direction, error, payloadHex, meta }) =>
      direction === 'rx' &&
      error === undefined &&
      typeof payloadHex === 'string' &&
      meta?.['rssiByte'] !== true,
  );
  if (vector === undefined) throw new Error(`no good vector of ${modem}`);
  return vector;
};

describe.each(Object.entries(kinds))('vectors of %s', (modem, kind) => {
  const ready = (vector: ModemVector): ModemBench =>
    new ModemBench(kind.create(vector), kind.respond).open();
  const received = vectorsOf(modem).filter(({ direction }) => direction === 'rx');
  const sent = vectorsOf(modem).filter(
    ({ direction, kind: of }) => direction === 'tx' && of !== 'control',
  );

  function expected(vector: ModemVector): string[] {
    const hasAddress = headerOf(vector).kind !== 'none' || ['aquila', 'loralink'].includes(modem);
    const address = hasAddress ? (vector.address ?? '') : '';
    return payloadsOf(vector).map((payload) => `${address}:${payload}`);
  }

  it.each(received)('$id: $note', (vector) => {
    const octets = fromHex(vector.serialHex ?? '');
    const feeds = vector.splitBeforeByte
      ? [[octets.slice(0, vector.splitBeforeByte), octets.slice(vector.splitBeforeByte)]]
      : chunkings(octets);
    for (const chunks of feeds) {
      const bench = ready(vector);
      for (const chunk of chunks) {
        if (vector.splitBeforeByte) bench.advance(PAUSE_MS);
        bench.receive(chunk);
      }
      bench.advance(PAUSE_MS);
      bench.step({ kind: 'closed' });
      expect(bench.datagrams).toEqual(expected(vector));
      if (vector.error !== undefined) {
        const fault = kind.faults?.[vector.error];
        expect(fault, `a reason for ${vector.error}`).toBeDefined();
        expect(Object.keys(bench.discarded)).toContain(fault);
      } else if (vector.drop) {
        expect(bench.discarded).toEqual({ 'not-for-us': octets.length });
      } else if (payloadsOf(vector).length > 0) {
        expect(Object.keys(bench.discarded)).toEqual([]);
      }
    }
  });

  it.each(received.filter(({ error }) => error !== undefined))(
    '$id, then a good one: the good one comes',
    (vector) => {
      const next = good(modem);
      const bench = ready(next);
      bench.receive(fromHex(vector.serialHex ?? ''));
      bench.advance(PAUSE_MS);
      bench.receive(fromHex(next.serialHex ?? ''));
      bench.advance(PAUSE_MS);
      expect(bench.datagrams.at(-1)).toBe(expected(next).at(-1));
    },
  );

  it.each(received.filter((vector) => vector.error === undefined && payloadsOf(vector).length > 0))(
    '$id, twice without a pause: both come, whatever noise was before',
    (vector) => {
      const octets = fromHex(vector.serialHex ?? '');
      const bench = ready(vector);
      bench.receive(fromHex(kind.noise ?? NOISE));
      bench.advance(PAUSE_MS);
      const noisy = bench.datagrams.length;
      bench.receive(concat(octets, octets));
      bench.advance(PAUSE_MS);
      expect(bench.datagrams.slice(noisy)).toEqual([...expected(vector), ...expected(vector)]);
    },
  );

  it.each(sent)('$id is written: $note', (vector) => {
    const bench = ready(vector);
    const address = kind.address?.(vector.address ?? '') ?? null;
    const to =
      ['aquila', 'loralink'].includes(modem) || headerOf(vector).kind === 'fe' || address === null
        ? address
        : '';
    const before = bench.writes.length;
    bench.respond = () => [];
    bench.send(1, modem === 'aquila' ? vector.address : to, fromHex(String(vector.payloadHex)));
    if (vector.serialHex === null) {
      expect(bench.writes.slice(before)).toEqual([]);
      expect(bench.outcomes).toEqual(['refused']);
    } else {
      expect(bench.writes.slice(before)).toEqual([vector.serialHex]);
    }
  });

  it('signal: what the vector says of it comes with the message', () => {
    const told = received.filter(({ meta, error }) => meta?.['rssi'] !== undefined && !error);
    for (const vector of told.filter(({ payloadHex }) => payloadHex !== null)) {
      if (modem === 'aquila') continue;
      const bench = ready(vector);
      bench.receive(fromHex(vector.serialHex ?? ''));
      const rssi = bench.of('datagram').map(({ signal }) => signal?.rssiDbm);
      expect(rssi).toEqual([vector.meta?.['rssi']].flat());
      if (vector.meta?.['snr'] !== undefined) {
        expect(bench.of('datagram')[0]?.signal?.snrDb).toBe(vector.meta['snr']);
      }
    }
  });
});

describe('vectors of aquila: control', () => {
  it('aquila-09 answers aquila-08', () => {
    const bench = new ModemBench(createAquila({ baudRate: 115_200 }));
    bench.step({ kind: 'opened' });
    bench.receive(fromHex('c0000002022046c0'));
    const [control] = vectorsOf('aquila').filter(
      ({ direction, kind }) => direction === 'tx' && kind === 'control',
    );
    expect(bench.writes).toEqual([control?.serialHex]);
  });

  it('the signal is given where its meaning is known', () => {
    const bench = new ModemBench(createAquila({ baudRate: 115_200 }));
    bench.step({ kind: 'opened' });
    for (const { serialHex } of vectorsOf('aquila').slice(0, 3))
      bench.receive(fromHex(serialHex ?? ''));
    expect(bench.of('datagram').map(({ signal }) => signal)).toEqual([
      { lqi: 0xff },
      { rssiDbm: 0xdb - 256, lqi: 0xc0 },
      { rssiDbm: 0xb0 - 256, lqi: 0x80 },
    ]);
    expect(toHex(bench.of('datagram')[0]?.data ?? new Uint8Array())).toBe(
      vectorsOf('aquila')[0]?.payloadHex,
    );
  });
});
