/** Text commands, shown on the RN2483: what comes out of turn, and answers that are none. */
import { describe, expect, it } from 'vitest';
import { NoHeader } from '../../../src/modems/link-header.js';
import { RadioheadHeader } from '../../../src/modems/radiohead-header.js';
import { createRn2483, type Rn2483Settings } from '../../../src/modems/rn2483.js';
import { ModemBench } from '../../support/modems/bench.js';
import { lines, SimulatedRn2483 } from '../../support/modems/text-modems.js';
import { MESSAGES, toHex } from '../../support/modems/vectors.js';
import { lora } from '../../support/radio/lora-settings.js';

const SETTINGS: Rn2483Settings = { lora: lora(), header: new NoHeader(), querySignal: false };
const PUB0 = toHex(MESSAGES.pub0);
const text = (of: string): Uint8Array => Uint8Array.from(Buffer.from(of, 'latin1'));

function started(settings: Partial<Rn2483Settings> = {}, modem = new SimulatedRn2483()) {
  const bench = new ModemBench(createRn2483({ ...SETTINGS, ...settings }), modem.respond).open();
  const commands = modem.commands.splice(0);
  return { bench, modem, commands };
}
const statesOf = (bench: ModemBench): string[] => bench.of('state').map(({ state }) => state);

describe('a message for a modem with text commands', () => {
  it('beside one that waits, is given to the modem, or is on the air: busy', () => {
    const { bench, modem } = started();
    modem.answers['radio rxstop'] = [];
    bench.send(1, '', MESSAGES.pub0);
    bench.send(2, '', MESSAGES.pub0);
    modem.answers['radio tx'] = [];
    bench.receive(lines('ok'));
    bench.send(3, '', MESSAGES.pub0);
    bench.receive(lines('ok'));
    bench.send(4, '', MESSAGES.pub0);
    bench.receive(lines('radio_tx_ok'));
    expect(bench.of('sent')).toMatchObject([
      { id: 2, outcome: 'busy' },
      { id: 3, outcome: 'busy' },
      { id: 4, outcome: 'busy' },
      { id: 1, outcome: 'transmitted' },
    ]);
  });

  it('that cannot be sent: refused with the reason', () => {
    const { bench } = started();
    bench.send(1, 'somebody', MESSAGES.pub0);
    bench.send(2, '', new Uint8Array(256));
    expect(bench.of('sent')).toMatchObject([
      { outcome: 'refused', detail: expect.stringContaining('somebody') as string },
      { outcome: 'refused', detail: expect.stringMatching(/256.*255/) as string },
    ]);
  });

  it('while the port is closed: interrupted', () => {
    const bench = new ModemBench(createRn2483(SETTINGS));
    bench.send(1, '', MESSAGES.pub0);
    expect(bench.effects).toEqual([{ kind: 'sent', id: 1, outcome: 'interrupted' }]);
  });

  it.each([
    ['is as long on the air as we were told', 5000, 6000],
    ['has the time that its LoRa settings give', 0, 1160],
  ])('that %s, and some more, until it counts as lost', (_what, airTimeMs, lostAfterMs) => {
    const { bench, modem } = started();
    modem.confirms = false;
    bench.send(1, '', MESSAGES.pub0, airTimeMs);
    bench.advance(lostAfterMs - 200);
    expect(bench.outcomes).toEqual([]);
    bench.advance(300);
    expect(bench.outcomes).toEqual(['timeout']);
  });
});

describe('a line of a modem with text commands', () => {
  it.each([
    ['noise before a packet', 'xxradio_rx  ', { noise: 2 }],
    ['no packet at all', 'radio_rx  \r\nradio_rx  ', { malformed: 10 }],
    ['a packet that is no message', 'radio_rx  0516\r\nradio_rx  ', { 'bad-length': 14 }],
    ['words that mean nothing', 'what?\r\nradio_rx  ', { malformed: 5 }],
  ])('%s: each octet is accounted for, and the next packet comes', (_what, before, discarded) => {
    const { bench } = started();
    bench.receive(lines(`${before}${PUB0}`));
    expect(bench.datagrams).toEqual([`:${PUB0}`]);
    expect(bench.discarded).toEqual(discarded);
  });

  it('noise before the news of a transmission: it has ended all the same', () => {
    for (const [news, outcome] of [
      ['xxradio_tx_ok', 'transmitted'],
      ['xxradio_err', 'busy'],
    ] as const) {
      const { bench, modem } = started();
      modem.confirms = false;
      bench.send(1, '', MESSAGES.pub0, 100);
      bench.receive(lines(news));
      expect(bench.outcomes).toEqual([outcome]);
    }
  });

  it('the port closes in the middle of one: what was there is told of, and what comes then is not', () => {
    const { bench } = started();
    bench.receive(text('radio_rx  02'));
    bench.step({ kind: 'closed' });
    const bytes = Object.values(bench.discarded).reduce((sum, one) => sum + one, 0);
    expect(bytes).toBe(12);
    bench.receive(lines(`16`, `radio_rx  ${PUB0}`));
    expect(bench.datagrams).toEqual([]);
  });

  it("a device's acknowledgement is no message", () => {
    const header = new RadioheadHeader({ ownAddress: 1, acknowledge: true });
    const { bench } = started({ header });
    bench.receive(lines('radio_rx  0107058021'));
    expect(bench.datagrams).toEqual([]);
    expect(bench.discarded).toEqual({});
  });
});

describe('a command that is not answered as it should be', () => {
  it.each(['sys get ver', 'radio rxstop', 'mac pause', 'radio set mod', 'radio rx'])(
    '"%s", with words that mean nothing: discarded, asked again, and then the modem has failed',
    (command) => {
      const modem = new SimulatedRn2483();
      modem.answers[command] = ['what'];
      const bench = new ModemBench(createRn2483(SETTINGS), modem.respond);
      bench.step({ kind: 'opened' });
      bench.advance(10_000);
      expect(modem.commands.filter((one) => one.startsWith(command))).toHaveLength(3);
      expect(bench.discarded).toEqual({ malformed: 12 });
      expect(bench.problems).toHaveLength(1);
      expect(bench.of('reopen')).toHaveLength(1);
    },
  );

  it.each(['radio get wdt', 'radio tx'])(
    '"%s", with words that mean nothing: not asked again, and the modem goes on',
    (command) => {
      const { bench, modem } = started();
      modem.answers[command] = ['what'];
      bench.step({ kind: 'probe' });
      bench.send(1, '', MESSAGES.pub0, 100);
      bench.advance(10_000);
      expect(modem.commands.filter((one) => one.startsWith(command))).toHaveLength(1);
      expect(bench.discarded).toEqual({ malformed: 4 });
      expect(bench.problems).toEqual([]);
    },
  );

  it('the modem is busy: asked again and again for a while, and then it has failed', () => {
    const modem = new SimulatedRn2483();
    modem.answers['radio set freq'] = ['busy'];
    const bench = new ModemBench(createRn2483(SETTINGS), modem.respond);
    bench.step({ kind: 'opened' });
    bench.advance(2000);
    expect(statesOf(bench)).toEqual(['starting']);
    bench.advance(10_000);
    expect(modem.commands.filter((one) => one.startsWith('radio set freq'))).toHaveLength(31);
    expect(bench.of('reopen')).toHaveLength(1);
  });

  it('the modem is busy for a moment: the start goes on', () => {
    const modem = new SimulatedRn2483();
    modem.answers['radio set freq'] = ['busy'];
    const bench = new ModemBench(createRn2483(SETTINGS), modem.respond);
    bench.step({ kind: 'opened' });
    bench.advance(99);
    expect(modem.commands.filter((one) => one.startsWith('radio set freq'))).toHaveLength(1);
    delete modem.answers['radio set freq'];
    bench.advance(1);
    expect(bench.state).toBe('ready');
  });

  it('reception is refused: told, and the port is given up for a while', () => {
    const modem = new SimulatedRn2483();
    modem.answers['radio rx '] = ['invalid_param'];
    const bench = new ModemBench(createRn2483(SETTINGS), modem.respond).open();
    expect(bench.problems).toEqual(['MODEM_SETTING_REFUSED']);
    expect(bench.of('problem')[0]?.message).toContain('radio rx 0');
  });

  it.each([['invalid_param'], ['what']])(
    'the signal is asked for and the answer is "%s": the packet comes without',
    (answer) => {
      const { bench, modem } = started({ querySignal: true });
      modem.answers['radio get'] = [answer];
      bench.receive(modem.packet(PUB0));
      bench.advance(2000);
      expect(bench.datagrams).toEqual([`:${PUB0}`]);
      expect(bench.of('datagram')[0]).not.toHaveProperty('signal');
    },
  );
});

describe('a modem that starts anew by itself', () => {
  it('told, and started as at first', () => {
    const { bench, modem } = started();
    bench.receive(lines(modem.banner));
    expect(statesOf(bench)).toEqual(['starting', 'ready', 'starting', 'ready']);
    expect(bench.of('problem')[0]?.message).toContain('RN2483');
  });

  it('while it starts: once more, without a word', () => {
    const modem = new SimulatedRn2483();
    modem.answers['radio set freq'] = [];
    const bench = new ModemBench(createRn2483(SETTINGS), modem.respond);
    bench.step({ kind: 'opened' });
    delete modem.answers['radio set freq'];
    bench.receive(lines(modem.banner));
    expect(statesOf(bench)).toEqual(['starting', 'starting', 'ready']);
    expect(bench.problems).toEqual([]);
  });

  it('after it has failed: the port is opened anew, and that will do', () => {
    const modem = new SimulatedRn2483();
    modem.answers['radio set freq'] = ['invalid_param'];
    const { bench } = started({}, modem);
    bench.receive(lines(modem.banner));
    expect(statesOf(bench)).toEqual(['starting']);
  });
});

describe('rn2483', () => {
  it.each([
    ['1.0.4', false],
    ['1.0.5', true],
    ['1.1.0', true],
    ['2.0.0', true],
  ])('firmware %s can stop a reception: %s', (version, canStop) => {
    const modem = new SimulatedRn2483();
    modem.version = version;
    const bench = new ModemBench(createRn2483(SETTINGS), modem.respond);
    bench.step({ kind: 'opened' });
    expect(modem.commands.at(-1) === 'radio rx 0').toBe(canStop);
  });

  it('what is not configured stays as the modem has it', () => {
    const { commands } = started({ lora: lora({ crc: false }) });
    expect(commands).toContain('radio set crc off');
    expect(commands.filter((command) => /pwr|sync/.test(command))).toEqual([]);
    expect(commands).toHaveLength(13);
  });
});
