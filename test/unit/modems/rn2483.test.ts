import { describe, expect, it } from 'vitest';
import { NoHeader } from '../../../src/modems/link-header.js';
import { RadioheadHeader } from '../../../src/modems/radiohead-header.js';
import { createRn2483, type Rn2483Settings } from '../../../src/modems/rn2483.js';
import { ModemBench } from '../../support/modems/bench.js';
import { lines, SimulatedRn2483 } from '../../support/modems/text-modems.js';
import { fromHex, MESSAGES, toHex } from '../../support/modems/vectors.js';
import { lora } from '../../support/radio/lora-settings.js';

const SETTINGS: Rn2483Settings = {
  lora: lora({ powerDbm: 14, syncWord: 0x12 }),
  header: new NoHeader(),
  querySignal: false,
};
const DAY_MS = 24 * 3_600_000;
const PUB0 = toHex(MESSAGES.pub0);

function started(settings: Partial<Rn2483Settings> = {}, modem = new SimulatedRn2483()) {
  const bench = new ModemBench(createRn2483({ ...SETTINGS, ...settings }), modem.respond).open();
  const commands = modem.commands.splice(0);
  return { bench, modem, commands };
}

describe('rn2483', () => {
  it('sets what is configured, in this order, and arms the receiver', () => {
    expect(started().commands).toEqual([
      'sys get ver',
      'radio rxstop',
      'mac pause',
      'radio set mod lora',
      'radio set freq 869525000',
      'radio set pwr 14',
      'radio set sf sf9',
      'radio set bw 125',
      'radio set cr 4/5',
      'radio set crc on',
      'radio set iqi off',
      'radio set prlen 8',
      'radio set sync 12',
      'radio set wdt 0',
      'radio rx 0',
    ]);
  });

  it('a setting is refused: told which, and the port is given up for a while', () => {
    const modem = new SimulatedRn2483();
    modem.answers['radio set pwr'] = ['invalid_param'];
    const { bench } = started({}, modem);
    expect(bench.problems).toEqual(['MODEM_SETTING_REFUSED']);
    expect(bench.of('problem')[0]?.message).toContain('radio set pwr 14');
    expect(bench.of('reopen')).toHaveLength(1);
  });

  it('the LoRaWAN part cannot pause yet: asked again', () => {
    const modem = new SimulatedRn2483();
    modem.answers['mac pause'] = ['0'];
    const bench = new ModemBench(createRn2483(SETTINGS), modem.respond);
    bench.step({ kind: 'opened' });
    bench.advance(500);
    expect(bench.state).toBe('starting');
    delete modem.answers['mac pause'];
    bench.advance(500);
    expect(bench.state).toBe('ready');
  });

  it('armed again after each packet and each error', () => {
    const { bench, modem } = started();
    bench.receive(modem.packet(PUB0));
    modem.isReceiving = false;
    bench.receive(lines('radio_err'));
    expect(modem.commands).toEqual(['radio rx 0', 'radio rx 0']);
    expect(bench.datagrams).toEqual([`:${PUB0}`]);
  });

  it('stops the receiver, sends, and arms it again', () => {
    const { bench, modem } = started();
    bench.send(1, '', fromHex('030500'), 100);
    expect(modem.commands).toEqual(['radio rxstop', 'radio tx 030500', 'radio rx 0']);
    expect(bench.outcomes).toEqual(['transmitted']);
  });

  it('a packet that comes before the answer to the stop is not lost, and the message goes out', () => {
    const { bench, modem } = started();
    modem.answers['radio rxstop'] = [`radio_rx  ${PUB0}`, 'ok'];
    modem.isReceiving = false;
    bench.send(1, '', fromHex('030500'), 100);
    expect(bench.datagrams).toEqual([`:${PUB0}`]);
    expect(bench.outcomes).toEqual(['transmitted']);
    expect(bench.discarded).toEqual({});
  });

  it('the error of a reception that ends overtakes the answer to the next one: no harm', () => {
    const { bench, modem } = started();
    modem.answers['radio rx'] = ['radio_err', 'ok'];
    bench.receive(modem.packet(PUB0));
    delete modem.answers['radio rx'];
    bench.send(1, '', fromHex('030500'), 100);
    expect(bench.outcomes).toEqual(['transmitted']);
    expect(bench.discarded).toEqual({});
  });

  it.each([
    [['busy'], 'busy', 2],
    [['invalid_param'], 'refused', 1],
    [['ok', 'radio_err'], 'busy', 1],
    [['ok'], 'timeout', 1],
    [[], 'timeout', 1],
  ])('"radio tx" is answered with %j: %s', (answer, outcome, tries) => {
    const { bench, modem } = started();
    modem.answers['radio tx'] = answer;
    bench.send(1, '', MESSAGES.pub0, 100);
    bench.advance(10_000);
    expect(bench.outcomes).toEqual([outcome]);
    expect(modem.commands.filter((command) => command.startsWith('radio tx'))).toHaveLength(tries);
    expect(modem.commands.at(-1)).toBe('radio rx 0');
    expect(bench.state).toBe('ready');
  });

  it('the radio stays busy: the dialogue begins anew', () => {
    const { bench, modem } = started();
    modem.answers['radio rx'] = ['busy'];
    bench.receive(modem.packet(PUB0));
    bench.advance(3500);
    delete modem.answers['radio rx'];
    bench.advance(5000);
    expect(modem.commands).toContain('sys get ver');
    expect([bench.state, bench.problems]).toEqual(['ready', []]);
  });

  it('the pause of the LoRaWAN part is renewed long before it ends', () => {
    const { bench, modem } = started();
    bench.advance(2 * DAY_MS);
    bench.receive(modem.packet(PUB0));
    expect(modem.commands).toEqual(['mac pause', 'radio rx 0']);
  });

  it('a probe arms the receiver that nobody knew was off', () => {
    const { bench, modem } = started();
    modem.isReceiving = false;
    bench.step({ kind: 'probe' });
    expect(bench.of('alive')).toHaveLength(1);
    expect(modem.isReceiving).toBe(true);
    bench.step({ kind: 'probe' });
    expect(bench.of('alive')).toHaveLength(2);
    expect(bench.problems).toEqual([]);
  });

  it('a probe finds a reset that nobody has noticed', () => {
    const { bench, modem } = started();
    modem.wdt = 15_000;
    modem.isReceiving = false;
    bench.step({ kind: 'probe' });
    expect(bench.problems).toEqual(['MODEM_RESET']);
    expect([bench.state, modem.wdt]).toEqual(['ready', 0]);
  });

  it('signal where it is wanted; RSSI only where the firmware knows it', () => {
    const modern = started({ querySignal: true });
    modern.bench.receive(modern.modem.packet(PUB0));
    expect(modern.bench.of('datagram')[0]?.signal).toEqual({ snrDb: -7, rssiDbm: -90 });
    expect(modern.modem.commands).toEqual(['radio get snr', 'radio get rssi', 'radio rx 0']);
    const old = new SimulatedRn2483();
    old.version = '1.0.3';
    const { bench } = started({ querySignal: true }, old);
    bench.receive(old.packet(PUB0));
    expect(bench.of('datagram')[0]?.signal).toEqual({ snrDb: -7 });
  });

  it('no answer about the signal: the packet comes without', () => {
    const { bench, modem } = started({ querySignal: true });
    modem.answers['radio get'] = [];
    bench.receive(modem.packet(PUB0));
    bench.advance(5000);
    expect(bench.datagrams).toEqual([`:${PUB0}`]);
    expect(modem.commands.at(-1)).toBe('radio rx 0');
  });

  it('firmware that cannot stop receives in windows, and sends between them', () => {
    const modem = new SimulatedRn2483();
    modem.version = '1.0.3';
    const bench = new ModemBench(createRn2483(SETTINGS), modem.respond);
    bench.step({ kind: 'opened' });
    // A symbol of SF9 takes 4.096 ms.
    expect(modem.commands.at(-1)).toBe('radio rx 245');
    bench.send(1, '', MESSAGES.pub0, 100);
    expect(modem.commands.at(-1)).toBe('radio rx 245');
    modem.isReceiving = false;
    bench.receive(lines('radio_err'));
    expect(modem.commands.slice(-2)).toEqual([`radio tx ${PUB0.toUpperCase()}`, 'radio rx 245']);
    expect(bench.outcomes).toEqual(['transmitted']);
  });

  it('the end of a window gets lost: nothing waits for ever', () => {
    const modem = new SimulatedRn2483();
    modem.version = '1.0.3';
    const bench = new ModemBench(createRn2483(SETTINGS), modem.respond);
    bench.step({ kind: 'opened' });
    modem.isReceiving = false;
    bench.advance(5000);
    expect(modem.isReceiving).toBe(true);
    bench.send(1, '', MESSAGES.pub0, 100);
    modem.isReceiving = false;
    bench.advance(5000);
    expect(bench.outcomes).toEqual(['transmitted']);
  });

  it('a message of RadioHead comes while another waits: an acknowledgement is asked for, and goes out as it is', () => {
    const header = new RadioheadHeader({ ownAddress: 1, acknowledge: true });
    const { bench, modem } = started({ header });
    modem.answers['radio rxstop'] = [`radio_rx  01070500${PUB0}`, 'ok'];
    modem.isReceiving = false;
    bench.send(1, '7', fromHex('030500'), 100);
    expect(bench.outcomes).toEqual(['transmitted']);
    delete modem.answers['radio rxstop'];
    bench.acknowledge(2);
    expect(modem.commands.filter((command) => command.startsWith('radio tx'))).toEqual([
      'radio tx 07010000030500',
      'radio tx 0701058021',
    ]);
    expect(bench.of('sent').at(-1)).toEqual({ kind: 'sent', id: 2, outcome: 'transmitted' });
  });

  it('a banner glued to half a line is a reset all the same', () => {
    const { bench, modem } = started();
    bench.receive(lines(`radio_rx  0B0C${modem.banner}`));
    expect(bench.problems).toEqual(['MODEM_RESET']);
    expect(bench.state).toBe('ready');
  });
});
