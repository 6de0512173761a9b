import { describe, expect, it } from 'vitest';
import {
  createVirtualModem,
  type ModemSetup,
  type VirtualModem,
} from '../../../../firmware-sim/modems/index.js';
import { fromHex } from '../../../support/hex.js';
import { ProbeLine } from '../../../support/modems/probe-line.js';

const CONNECT = fromHex('0d040401003c6e6f64652d3031');
const PUBLISH = fromHex('0b0c000001000032312e35');
const RECEPTION = { rssiDbm: -60, snrDb: 7, lqi: 200 };
const hexOf = (text: string): string => Buffer.from(text, 'latin1').toString('hex');

type Create = (setup: ModemSetup) => VirtualModem;

/** Modem, its baud rate, what is found. */
const MODEMS: [name: string, baudRate: number, create: Create, found: object][] = [
  ['XBee', 9600, (setup) => createVirtualModem('xbee', setup), { modem: 'xbee' }],
  [
    'XBee in API mode 1',
    38_400,
    (setup) => createVirtualModem('xbee', { ...setup, apiMode: 1 }),
    { modem: 'xbee' },
  ],
  [
    'XBee with 802.15.4 firmware',
    115_200,
    (setup) => createVirtualModem('xbee', { ...setup, firmware: '802.15.4-s1' }),
    { modem: 'xbee' },
  ],
  [
    'XBee in transparent mode',
    9600,
    (setup) => createVirtualModem('xbee', { ...setup, apiMode: 0 }),
    { modem: 'xbee', setting: 'xbee: { configure: true }' },
  ],
  [
    'RN2483',
    57_600,
    (setup) => createVirtualModem('rn2483', setup),
    { modem: 'rn2483', version: 'RN2483 1.0.5' },
  ],
  [
    'RN2903',
    57_600,
    (setup) => createVirtualModem('rn2483', { ...setup, model: 'RN2903', version: '0.9.8' }),
    { modem: 'rn2483', version: 'RN2903 0.9.8' },
  ],
  [
    'RUI3',
    115_200,
    (setup) => createVirtualModem('rui3', setup),
    { modem: 'rui3', version: 'RUI_4.1.0_RAK3172-E' },
  ],
  [
    'RUI3 with echo, in LoRaWAN mode',
    115_200,
    (setup) => createVirtualModem('rui3', { ...setup, echo: true, networkMode: 1 }),
    { modem: 'rui3', version: 'RUI_4.1.0_RAK3172-E' },
  ],
  [
    'RYLR998',
    115_200,
    (setup) => createVirtualModem('rylr', setup),
    { modem: 'rylr', version: 'RYLR998_REYAX_V1.2.2' },
  ],
  ['Aquila bridge', 115_200, (setup) => createVirtualModem('aquila', setup), { modem: 'aquila' }],
];

describe.each(MODEMS)('%s at %i baud', (_name, baudRate, create, found) => {
  it('is found at its usual rate, and sends nothing', () => {
    const line = new ProbeLine(create, { baudRate });
    const { speaker, baudRate: at } = line.probe('usual');
    expect(speaker).toMatchObject(found);
    expect(at).toBe(baudRate);
  });

  it('is found when its rate is given, is asked for all, or does not matter', () => {
    expect(new ProbeLine(create, { baudRate }).probe(baudRate).speaker).toMatchObject(found);
    expect(new ProbeLine(create, { baudRate }).probe('all').speaker).toMatchObject(found);
    expect(new ProbeLine(create).probe('as-is').speaker).toMatchObject(found);
  });

  it('is found though the port resets it', () => {
    const line = new ProbeLine(create, { baudRate, resetsOnOpen: true });
    expect(line.probe('usual').speaker).toMatchObject(found);
  });

  it('transmits nothing of it, unless it is transparent', () => {
    const line = new ProbeLine(create, { baudRate });
    line.probe(baudRate);
    if (!('setting' in found)) expect(line.air.sent).toEqual([]);
  });
});

describe('a modem at an unusual rate', () => {
  it('is found with "all"', () => {
    const line = new ProbeLine((setup) => createVirtualModem('rylr', setup), { baudRate: 19_200 });
    expect(line.probe('usual').speaker).toBeUndefined();
    const { speaker, baudRate } = line.probe('all');
    expect([speaker?.modem, baudRate]).toEqual(['rylr', 19_200]);
  });
});

describe('the order of a probe', () => {
  const silent = (): ProbeLine<VirtualModem> => {
    const line = new ProbeLine((setup) => createVirtualModem('xbee', setup));
    line.modem.faults.frozen = true;
    return line;
  };

  it('is fixed: rates, and at each of them listening before questions', () => {
    const line = silent();
    const result = line.probe('usual');
    expect(result).toEqual({ speaker: undefined, baudRate: undefined, nonsense: [] });
    expect(line.rates).toEqual([9600, 115_200, 57_600, 38_400]);
    expect(line.progress).toEqual([
      'listening at 9600 baud',
      'asking for an XBee in API mode at 9600 baud',
      'asking for an XBee in transparent mode at 9600 baud',
      'listening at 115200 baud',
      'asking for an XBee in API mode at 115200 baud',
      'asking for a module with RUI3, or RYLR at 115200 baud',
      'asking for an Aquila bridge at 115200 baud',
      'listening at 57600 baud',
      'asking for an XBee in API mode at 57600 baud',
      'asking for an RN2483 or RN2903 at 57600 baud',
      'listening at 38400 baud',
      'asking for an XBee in API mode at 38400 baud',
    ]);
    expect(line.written[0]).toBe('7e0004080156524e');
  });

  it('takes seconds, not minutes, unless everything is asked for', () => {
    const line = silent();
    const start = line.timeline.now();
    line.probe('usual');
    expect(line.timeline.now() - start).toBeLessThan(20_000);
    const begin = line.timeline.now();
    line.probe('all');
    expect(line.timeline.now() - begin).toBeLessThan(90_000);
  });

  it('waits almost a second for an answer, and not much longer than it takes', () => {
    const answersAfter = (delayMs: number) => {
      const settings = { baudRate: 57_600, delayMs };
      const line = new ProbeLine((setup) => createVirtualModem('rn2483', setup), settings);
      const start = line.timeline.now();
      const { speaker, baudRate } = line.probe(57_600);
      const tookMs = line.timeline.now() - start;
      return { found: [speaker?.modem, baudRate, line.written.length], tookMs };
    };
    const [late, soon] = [answersAfter(900), answersAfter(0)];
    // After the answer to the modem's own question nobody else is asked.
    expect(soon.found).toEqual(['rn2483', 57_600, 3]);
    expect(late.found).toEqual(soon.found);
    expect(late.tookMs - soon.tookMs).toBeGreaterThan(500);
  });

  it('pauses around the three plus signs, and leaves the command mode behind it', () => {
    const line = new ProbeLine((setup) => createVirtualModem('xbee', { ...setup, apiMode: 0 }), {
      baudRate: 9600,
    });
    line.probe(9600);
    expect(line.written.slice(-3)).toEqual(['+++', 'ATVR\r', 'ATCN\r'].map(hexOf));
    line.air.sent.length = 0;
    line.modem.fromHost(fromHex('616263'));
    line.timeline.run(line.timeline.now() + 1000);
    expect(line.air.sent).toEqual(['616263']);
  });
});

describe('a line that speaks by itself is not asked', () => {
  const chatter = (create: Create, baudRate?: number): ProbeLine<VirtualModem> => {
    const line = new ProbeLine(create, baudRate === undefined ? {} : { baudRate });
    for (const [delay, payload] of [CONNECT, PUBLISH, PUBLISH].entries())
      line.timeline.at(line.timeline.now() + 300 * (delay + 1), () =>
        line.modem.receive({ from: '7', to: null, payload }, RECEPTION),
      );
    return line;
  };

  it.each(['raw', 'slip', 'cobs', 'hdlc', 'aquila', 'loralink'] as const)('%s', (dialect) => {
    const line = chatter((setup) => createVirtualModem(dialect, setup));
    expect(line.probe('as-is').speaker?.modem).toBe(dialect);
    expect(line.written).toEqual([]);
  });

  it('EBYTE modules sound like bridges: both are named', () => {
    const line = chatter((setup) => createVirtualModem('ebyte-transparent', setup), 9600);
    const { speaker } = line.probe('usual');
    expect(speaker?.modem).toBe('raw');
    expect(speaker?.advice).toContain('ebyte-transparent');
    expect([line.written, line.air.sent]).toEqual([[], []]);
  });

  it('but for its version, which its own command tells', () => {
    const line = new ProbeLine((setup) => createVirtualModem('rylr', setup), {
      resetsOnOpen: true,
    });
    expect(line.probe('as-is').speaker?.version).toBe('RYLR998_REYAX_V1.2.2');
    expect(line.written).toEqual([hexOf('AT+VER?\r\n')]);
  });
});

describe('what cannot be found', () => {
  it('a transparent modem is silent, and has sent the questions over the air', () => {
    const line = new ProbeLine((setup) => createVirtualModem('ebyte-transparent', setup), {
      baudRate: 9600,
    });
    expect(line.probe('usual').speaker).toBeUndefined();
    expect(line.air.sent).not.toEqual([]);
  });

  it('an EBYTE module in configuration mode says so', () => {
    const line = new ProbeLine(
      (setup) => {
        const module = createVirtualModem('ebyte-transparent', setup);
        module.setMode('configuration');
        return module;
      },
      { baudRate: 9600 },
    );
    const { speaker } = line.probe('usual');
    expect(speaker?.modem).toBe('ebyte-transparent');
    expect(speaker?.advice).toMatch(/M0 and M1/);
  });

  it('octets at another rate are counted, by rate', () => {
    const line = new ProbeLine((setup) => createVirtualModem('raw', setup), { baudRate: 4800 });
    for (let index = 1; index < 40; index++)
      line.timeline.at(line.timeline.now() + 250 * index, () =>
        line.modem.receive({ from: '', to: null, payload: PUBLISH }, RECEPTION),
      );
    const { speaker, nonsense } = line.probe('usual');
    expect(speaker).toBeUndefined();
    expect(nonsense.map(({ baudRate }) => baudRate)).toContain(115_200);
    expect(nonsense.every(({ bytes, text }) => bytes > 0 && text === undefined)).toBe(true);
  });
});
