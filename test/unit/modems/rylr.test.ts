import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RYLR_CODECS } from '../../../src/modems/rylr/encoding.js';
import { createRylr, type RylrSettings } from '../../../src/modems/rylr.js';
import { ModemBench } from '../../support/modems/bench.js';
import { lines, SimulatedRylr } from '../../support/modems/text-modems.js';
import { fromHex, MESSAGES, toHex } from '../../support/modems/vectors.js';

const SETTINGS: RylrSettings = {
  lora: {
    frequencyHz: 868_500_000,
    spreadingFactor: 9,
    bandwidthHz: 125_000,
    codingRate: 5,
    preambleSymbols: 12,
    explicitHeader: true,
    crc: true,
    lowDataRateOptimize: 'auto',
    chip: 'sx127x',
  },
  ownAddress: 1,
  networkId: 18,
  encoding: 'hex',
};

function started(settings: Partial<RylrSettings> = {}, modem = new SimulatedRylr()) {
  const bench = new ModemBench(createRylr({ ...SETTINGS, ...settings }), modem.respond).open();
  const commands = modem.commands.splice(0);
  return { bench, modem, commands };
}

describe('rylr', () => {
  it('sets only what differs', () => {
    const { commands } = started();
    expect(commands).toEqual([
      'AT',
      'AT+ADDRESS?',
      'AT+ADDRESS=1',
      'AT+NETWORKID?',
      'AT+BAND?',
      'AT+BAND=868500000',
      'AT+PARAMETER?',
    ]);
  });

  it('sets everything where the module does not tell', () => {
    const modem = new SimulatedRylr();
    modem.tells = false;
    const { bench, commands } = started({ password: '0A1B2C3D' }, modem);
    expect(commands.filter((command) => command.includes('='))).toEqual([
      'AT+ADDRESS=1',
      'AT+NETWORKID=18',
      'AT+BAND=868500000',
      'AT+PARAMETER=9,7,1,12',
      'AT+CPIN=0A1B2C3D',
    ]);
    expect(bench.state).toBe('ready');
  });

  it('a setting is refused: told which', () => {
    const modem = new SimulatedRylr();
    modem.answers['AT+BAND='] = ['+ERR=4'];
    const { bench } = started({}, modem);
    expect(bench.problems).toEqual(['MODEM_SETTING_REFUSED']);
    expect(bench.of('problem')[0]?.message).toContain('AT+BAND=868500000');
  });

  it('noise before the first command: asked again', () => {
    const modem = new SimulatedRylr();
    let asked = 0;
    const bench = new ModemBench(createRylr(SETTINGS), (written) => {
      asked += 1;
      return asked === 1 ? [lines('+ERR=2')] : modem.respond(written);
    }).open();
    expect(bench.state).toBe('ready');
  });

  it('power is set where it is configured, and a module that does not answer a question gets the setting', () => {
    const modem = new SimulatedRylr();
    modem.answers['AT+NETWORKID?'] = [];
    const { bench, commands } = started({ lora: { ...SETTINGS.lora, powerDbm: 14 } }, modem);
    bench.advance(60_000);
    expect([...commands, ...modem.commands]).toEqual(
      expect.arrayContaining(['AT+CRFOP=14', 'AT+NETWORKID=18']),
    );
    expect(bench.state).toBe('ready');
  });

  it.each([
    ['PARAMETER?', 'probe'],
    ['ADDRESS?', 'start'],
  ])('something else in front of the answer to "AT+%s" is no answer', (question, when) => {
    const modem = new SimulatedRylr();
    const told = question === 'PARAMETER?' ? '+PARAMETER=9,7,1,12' : '+ADDRESS=1';
    if (when === 'start') modem.answers[`AT+${question}`] = ['+OK', told];
    const { bench } = started({}, modem);
    if (when === 'probe') {
      modem.answers[`AT+${question}`] = ['+OK', told];
      bench.step({ kind: 'probe' });
      expect(bench.of('alive')).toHaveLength(1);
    }
    expect([bench.state, bench.problems]).toEqual(['ready', []]);
    expect(modem.commands).not.toContain('AT+ADDRESS=1');
  });

  it('a message whose length is not its own is thrown away, in all its octets', () => {
    const { bench } = started();
    const line = '+RCV=7,4,0316,-80,6';
    bench.receive(lines(line));
    expect([bench.datagrams, bench.discarded]).toEqual([[], { 'bad-length': line.length }]);
  });

  it('"AT+SEND" is answered with nothing that is known: it waits, and then says so', () => {
    const { bench, modem } = started();
    modem.answers['AT+SEND'] = ['+WHAT'];
    bench.send(1, '50', MESSAGES.pub0, 100);
    expect(bench.outcomes).toEqual([]);
    bench.advance(20_000);
    expect(bench.outcomes).toEqual(['timeout']);
  });

  it('one that was restarted is set anew', () => {
    const { bench, modem } = started();
    modem.values['BAND'] = '915000000';
    bench.receive(lines('+READY'));
    expect(bench.problems).toEqual(['MODEM_RESET']);
    expect([bench.state, modem.values['BAND']]).toEqual(['ready', '868500000']);
  });

  it.each([
    ['+ERR=1', 'busy'],
    ['+ERR=5', 'busy'],
    ['+ERR=10', 'busy'],
    ['+ERR=13', 'refused'],
    ['+ERR=15', 'busy'],
    ['+ERR=17', 'busy'],
  ])('"AT+SEND" is answered with %s: %s', (answer, outcome) => {
    const { bench, modem } = started();
    modem.answers['AT+SEND'] = [answer];
    bench.send(1, '50', MESSAGES.pub0, 100);
    expect(bench.of('sent')).toMatchObject([{ outcome }]);
    expect(bench.of('sent')[0]?.detail).toContain(answer);
  });

  it.each(['+ERR=12', '+ERR=19'])('%s is about a reception, and no answer', (error) => {
    const { bench, modem } = started();
    modem.answers['AT+SEND'] = [error, '+OK'];
    bench.send(1, '50', MESSAGES.pub0, 100);
    expect(bench.outcomes).toEqual(['transmitted']);
  });

  it('a message in the middle of a transmission comes in', () => {
    const { bench, modem } = started();
    modem.answers['AT+SEND'] = ['+RCV=7,4,0216,-80,6', '+OK'];
    bench.send(1, '50', MESSAGES.pub0, 100);
    expect(bench.datagrams).toEqual(['7:0216']);
    expect(bench.outcomes).toEqual(['transmitted']);
  });

  it('waits for the answer as long as it is on the air', () => {
    const { bench, modem } = started();
    modem.answers['AT+SEND'] = [];
    bench.send(1, '50', MESSAGES.pub0, 9000);
    bench.advance(9500);
    expect(bench.outcomes).toEqual([]);
    bench.receive(lines('+OK'));
    expect(bench.outcomes).toEqual(['transmitted']);
  });

  it('a probe finds a module that has forgotten its settings', () => {
    const { bench, modem } = started();
    modem.values['PARAMETER'] = '12,7,1,4';
    bench.step({ kind: 'probe' });
    expect(bench.problems).toEqual(['MODEM_RESET']);
    expect(modem.values['PARAMETER']).toBe('9,7,1,12');
    expect(bench.state).toBe('ready');
  });

  it.each([
    ['hex', 120, 30],
    ['base64', 180, 24],
    ['raw', 240, 19],
  ] as const)('%s: %i octets fit, and 11 are %i on the air', (encoding, bytesMax, airBytes) => {
    const { bench } = started({ encoding });
    expect(bench.modem.maxMessageBytes('50')).toBe(bytesMax);
    expect(bench.modem.maxMessageBytes('65536')).toBe(0);
    expect(bench.modem.airBytes(11)).toBe(airBytes);
  });

  it('raw octets go out in one piece as they are', () => {
    const { bench } = started({ encoding: 'raw' });
    bench.send(1, '9', fromHex('0c0c0000010000612c0d0a62'));
    expect(bench.writes.at(-1)).toBe(
      toHex(Buffer.from('AT+SEND=9,12,\x0c\x0c\x00\x00\x01\x00\x00a,\r\nb\r\n', 'latin1')),
    );
  });

  it('the other encoding than configured is told as such', () => {
    const { bench } = started({ encoding: 'base64' });
    bench.receive(lines('+RCV=50,5,!!!!!,-99,40'));
    expect(bench.discarded).toEqual({ malformed: 22 });
  });
});

describe.each(['hex', 'base64', 'raw'] as const)('%s for RYLR', (encoding) => {
  const codec = RYLR_CODECS[encoding];

  it('gives back every message, and is as long as it says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: codec.messageBytesMax }), (message) => {
        const encoded = codec.encode(message);
        expect(encoded).toHaveLength(codec.encodedBytes(message.length));
        expect(codec.decode(encoded)).toEqual(message);
      }),
    );
  });
});

describe('base64 for RYLR', () => {
  const codec = RYLR_CODECS.base64;
  const text = (of: string): Uint8Array => Uint8Array.from(Buffer.from(of));

  it('is that of RFC 4648', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (message) => {
        expect(Buffer.from(codec.encode(message)).toString()).toBe(
          Buffer.from(message).toString('base64'),
        );
      }),
    );
  });

  it.each(['Zg', 'Zm8', 'Zm9v'])('%s without padding is taken', (encoded) => {
    expect(codec.decode(text(encoded))).toEqual(Uint8Array.from(Buffer.from(encoded, 'base64')));
  });

  it.each(['Z', 'Zg=a', '====', 'Zm9v=', 'Zm 9', 'Zm9vZ'])('%s is none', (encoded) => {
    expect(codec.decode(text(encoded))).toBeUndefined();
  });
});
