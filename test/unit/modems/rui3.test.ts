import { describe, expect, it } from 'vitest';
import { ForwarderHeader } from '../../../src/modems/forwarder-header.js';
import { NoHeader } from '../../../src/modems/link-header.js';
import { createRui3, type Rui3Settings } from '../../../src/modems/rui3.js';
import { ModemBench } from '../../support/modems/bench.js';
import { lines, SimulatedRui3 } from '../../support/modems/text-modems.js';
import { MESSAGES, toHex } from '../../support/modems/vectors.js';
import { lora } from '../../support/radio/lora-settings.js';

const LORA = lora({
  frequencyHz: 868_100_000,
  spreadingFactor: 7,
  powerDbm: 14,
  syncWord: 0x12,
  chip: 'sx126x',
});
const PUB0 = toHex(MESSAGES.pub0);

function started(modem = new SimulatedRui3(), settings: Partial<Rui3Settings> = {}) {
  const driver = createRui3({ lora: LORA, header: new NoHeader(), ...settings });
  const bench = new ModemBench(driver, modem.respond).open();
  const commands = modem.commands.splice(0);
  return { bench, modem, commands };
}

describe('rui3', () => {
  it('stops reception, sets what is configured, and receives in the mode that allows sending', () => {
    expect(started().commands).toEqual([
      'AT',
      'AT+NWM=?',
      'AT+PRECV=0',
      'AT+P2P=868100000:7:0:0:8:14',
      'AT+SYNCWORD=1424',
      'AT+IQINVER=0',
      'AT+PCRYPT=0',
      'AT+PRECV=65533',
    ]);
  });

  it.each([
    [500_000, 8, '868100000:7:2:3:8:14'],
    [62_500, 6, '868100000:7:9:1:8:14'],
    [15_600, 5, '868100000:7:5:0:8:14'],
  ] as const)('bandwidth %i Hz, coding rate 4/%i', (bandwidthHz, codingRate, fields) => {
    const { commands } = started(new SimulatedRui3(), {
      lora: { ...LORA, bandwidthHz, codingRate },
    });
    expect(commands).toContain(`AT+P2P=${fields}`);
  });

  it('a module in LoRaWAN mode is switched, and set after its restart', () => {
    const modem = new SimulatedRui3();
    modem.networkMode = 1;
    const { bench, commands } = started(modem);
    expect(commands.slice(0, 6)).toEqual([
      'AT',
      'AT+NWM=?',
      'AT+NWM=0',
      'AT',
      'AT+NWM=?',
      'AT+PRECV=0',
    ]);
    expect([bench.state, bench.problems]).toEqual(['ready', []]);
  });

  it('its port goes and comes with that: then all is well too', () => {
    const modem = new SimulatedRui3();
    modem.networkMode = 1;
    const bench = new ModemBench(createRui3({ lora: LORA, header: new NoHeader() }), modem.respond);
    bench.step({ kind: 'opened' });
    expect(modem.commands.at(-1)).toBe('AT+NWM=0');
    bench.step({ kind: 'closed' });
    expect(bench.modem.nextDeadline()).toBeUndefined();
    bench.open();
    expect(bench.state).toBe('ready');
  });

  it('a module that stays in LoRaWAN mode: said so, and no restart without end', () => {
    const modem = new SimulatedRui3();
    modem.answers['AT+NWM=?'] = ['AT+NWM=1', 'OK'];
    const { bench, commands } = started(modem);
    expect(bench.problems).toEqual(['MODEM_WRONG_MODE']);
    expect(commands.filter((command) => command === 'AT+NWM=0')).toHaveLength(1);
  });

  it('a module without the question for the mode goes on', () => {
    const modem = new SimulatedRui3();
    modem.answers['AT+NWM=?'] = ['AT_COMMAND_NOT_FOUND'];
    expect(started(modem).bench.state).toBe('ready');
  });

  it('echo is no answer and no noise', () => {
    const modem = new SimulatedRui3();
    modem.echoes = true;
    const { bench } = started(modem);
    bench.send(1, '', MESSAGES.pub0);
    expect([bench.state, bench.outcomes, bench.discarded]).toEqual(['ready', ['transmitted'], {}]);
  });

  it('firmware that cannot send while it receives is stopped for it', () => {
    const modem = new SimulatedRui3();
    modem.knowsSendingWhileReceiving = false;
    const { bench, commands } = started(modem);
    expect(commands.slice(-2)).toEqual(['AT+PRECV=65533', 'AT+PRECV=65534']);
    bench.send(1, '', MESSAGES.connack, 100);
    expect(modem.commands).toEqual(['AT+PRECV=0', 'AT+PSEND=030500', 'AT+PRECV=65534']);
    expect(bench.outcomes).toEqual(['transmitted']);
  });

  it('a setting is refused: told which and how', () => {
    const modem = new SimulatedRui3();
    modem.answers['AT+P2P'] = ['AT_PARAM_ERROR'];
    const { bench } = started(modem);
    expect(bench.problems).toEqual(['MODEM_SETTING_REFUSED']);
    expect(bench.of('problem')[0]?.message).toMatch(/AT_PARAM_ERROR.*AT\+P2P=868100000/);
  });

  it('a setting for which the module is busy is given again; in the wrong mode that is told', () => {
    const busy = new SimulatedRui3();
    let refusals = 2;
    const driver = createRui3({ lora: LORA, header: new NoHeader() });
    const bench = new ModemBench(driver, (written) => {
      const isAsked = Buffer.from(written).toString().startsWith('AT+IQINVER');
      if (isAsked && refusals-- > 0) return [lines('AT_BUSY_ERROR')];
      return busy.respond(written);
    }).open();
    bench.advance(20_000);
    expect([bench.state, bench.problems]).toEqual(['ready', []]);

    const wrong = new SimulatedRui3();
    wrong.answers['AT+P2P'] = ['AT_MODE_NO_SUPPORT'];
    expect(started(wrong).bench.problems).toEqual(['MODEM_WRONG_MODE']);
  });

  it('a module that refuses to receive is told of; that it does not stop receiving does not matter', () => {
    const deaf = new SimulatedRui3();
    deaf.answers['AT+PRECV=65533'] = ['AT_ERROR'];
    const { bench } = started(deaf);
    expect(bench.problems).toEqual(['MODEM_SETTING_REFUSED']);
    expect(bench.of('problem')[0]?.message).toContain('AT_ERROR to "AT+PRECV=65533"');

    const still = new SimulatedRui3();
    still.answers['AT+PRECV=0'] = ['AT_ERROR'];
    const other = started(still).bench;
    expect([other.state, other.problems]).toEqual(['ready', []]);
  });

  it.each([[21], [undefined]])('power %j', (powerDbm) => {
    const { powerDbm: _, ...radio } = LORA;
    const { commands } = started(new SimulatedRui3(), {
      lora: powerDbm === undefined ? radio : { ...radio, powerDbm },
    });
    expect(commands).toContain(`AT+P2P=868100000:7:0:0:8:${powerDbm ?? 14}`);
  });

  it('old firmware tells signal and payload in two lines; one without the other is nothing', () => {
    const { bench } = started();
    bench.receive(lines('+EVT:RXP2P, RSSI -45, SNR 9', `+EVT:${PUB0}`, `+EVT:${PUB0}`));
    expect(bench.datagrams).toEqual([`:${PUB0}`]);
    expect(Object.keys(bench.discarded)).toEqual(['malformed']);
  });

  it.each(['+EVT:RXP2P RECEIVE ERROR', 'P2P_RX_ON already, please disable it'])(
    '%j is no noise',
    (line) => {
      const { bench } = started();
      bench.receive(lines(line));
      expect([bench.datagrams, bench.discarded]).toEqual([[], {}]);
    },
  );

  it.each([
    [['AT_BUSY_ERROR'], 'busy'],
    [['AT_PARAM_ERROR'], 'refused'],
    [['AT_MODE_NO_SUPPORT'], 'interrupted'],
    [['OK'], 'timeout'],
    [[], 'timeout'],
    [['+EVT:TXP2P DONE', 'OK'], 'transmitted'],
  ])('"AT+PSEND" is answered with %j: %s', (answer, outcome) => {
    const { bench, modem } = started();
    modem.answers['AT+PSEND'] = answer;
    bench.send(1, '', MESSAGES.pub0, 100);
    bench.advance(20_000);
    expect(bench.outcomes).toEqual([outcome]);
    expect(bench.state).toBe('ready');
  });

  it('the timed window ends: received again', () => {
    const { bench, modem } = started();
    bench.receive(lines('+EVT:RXP2P RECEIVE TIMEOUT'));
    expect(modem.commands).toEqual(['AT+PRECV=65533']);
  });

  it('a probe finds a receiver that is off', () => {
    const { bench, modem } = started();
    bench.step({ kind: 'probe' });
    expect(modem.commands).toEqual(['AT+PRECV=?']);
    modem.receiveMode = 0;
    bench.step({ kind: 'probe' });
    expect(modem.receiveMode).toBe(65_533);
    expect(bench.of('alive')).toHaveLength(2);
  });

  it('an old payload line without its first line is nothing', () => {
    const { bench } = started();
    bench.receive(lines(`+EVT:${PUB0}`));
    expect(bench.datagrams).toEqual([]);
    expect(Object.keys(bench.discarded)).toEqual(['malformed']);
  });

  it('forwarder headers take their share of what fits, and name the device', () => {
    const { bench } = started(new SimulatedRui3(), { header: new ForwarderHeader() });
    bench.receive(lines(`+EVT:RXP2P:-45:9:05FE010003${PUB0.toUpperCase()}`));
    expect(bench.datagrams).toEqual([`0003:${PUB0}`]);
    expect(bench.modem.maxMessageBytes('0003')).toBe(234);
    expect(bench.modem.maxMessageBytes(null)).toBe(239);
  });
});
