import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../../firmware-sim/random.js';
import { Probe, type ProbeEffect, type ProbeResult } from '../../../../src/modems/probe/probe.js';
import { probeStages } from '../../../../src/modems/probe/questions.js';
import { speakerOf } from '../../../../src/modems/probe/speaker.js';
import { fromHex } from '../../../support/hex.js';
import { vectorsOf } from '../../../support/modems/vectors.js';

const octets = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

describe('who speaks', () => {
  it.each([
    ['RN2483 1.0.5 Oct 31 2018 15:06:52\r\n', 'rn2483', 'RN2483 1.0.5'],
    ['RN2903 0.9.5 Sep 02 2015 17:19:55\r\n', 'rn2483', 'RN2903 0.9.5'],
    ['invalid_param\r\n', 'rn2483', undefined],
    ['radio_rx  0D0404\r\n', 'rn2483', undefined],
    ['AT+VER=RUI_4.0.5_RAK3172-E\r\nOK\r\n', 'rui3', 'RUI_4.0.5_RAK3172-E'],
    ['AT+VER=V1.0.4\r\nOK\r\n', 'rui3', 'V1.0.4'],
    ['AT_COMMAND_NOT_FOUND\r\n', 'rui3', undefined],
    ['AT_PARAM_ERROR\r\n', 'rui3', undefined],
    ['+EVT:RXP2P:-112:-7:0B0C\r\n', 'rui3', undefined],
    ['+READY\r\n', 'rylr', undefined],
    ['+ERR=2\r\n', 'rylr', undefined],
    ['+VER=RYLR896_V1.2.1\r\n', 'rylr', 'RYLR896_V1.2.1'],
    ['+RCV=50,5,HELLO,-99,40\r\n', 'rylr', undefined],
    ['$GPGGA,123519,4807.038,N\r\n', undefined, undefined],
    ['Debian GNU/Linux 13 pi ttyAMA0\r\n\r\npi login: ', undefined, undefined],
  ])('%j', (text, modem, version) => {
    const speaker = speakerOf(octets(text));
    expect(speaker).toMatchObject({ modem, what: expect.any(String) as string });
    expect(speaker?.version).toBe(version);
  });

  it.each([
    ['7e000788015652002a1fc3', 'an answer with the wrong sum', undefined],
    ['7e00028a066f', 'the status of a coordinator', 'xbee'],
    ['7e0007880156520021a706', 'an answer to VR', 'xbee'],
    ['ff017e0007880156520021a706', 'the same behind noise', 'xbee'],
    ['7e000788015652007d334774', 'the same of API mode 2, with an escape', 'xbee'],
    ['7e0004080156524e', 'a question to an XBee', undefined],
    ['c0000002014376c0', 'an ACK of a bridge', 'aquila'],
    ['7e03050010577e', 'a message in HDLC', 'hdlc'],
    ['c0030500c0', 'one message in SLIP may be chance', undefined],
    ['c0030500c0c00216c0', 'two are not', 'slip'],
    ['7e0007fe000000008081', 'LoRaLink says that it has sent', 'loralink'],
    ['ffffff', 'EBYTE refuses', 'ebyte-transparent'],
    ['', 'nothing', undefined],
  ])('%s: %s', (hex, _what, modem) => {
    expect(speakerOf(fromHex(hex))?.modem).toBe(modem);
  });

  it('text of others is nobody', () => {
    expect(speakerOf(octets('hello world, it is 21.5 degrees\r\n'))).toBeUndefined();
    expect(speakerOf(octets('OK\r\n'))).toBeUndefined();
  });

  it('the firmware of an XBee is written as XCTU does', () => {
    expect(speakerOf(fromHex('7e0007880156520021a706'))?.version).toBe('firmware 21A7');
  });
});

/** Feeds a probe with what each question of it is answered. */
function ask(answer: (question: string) => string): ProbeResult {
  const probe = new Probe(probeStages(115_200));
  let now = 0;
  let result: ProbeResult | undefined;
  const apply = (effects: readonly ProbeEffect[]): void => {
    for (const effect of effects) {
      if (effect.kind === 'open') apply(probe.step({ kind: 'opened' }, now));
      else if (effect.kind === 'done') result = effect.result;
      else if (effect.kind === 'write') {
        const said = answer(Buffer.from(effect.data).toString('latin1'));
        apply(probe.step({ kind: 'received', data: octets(said) }, now));
      }
    }
  };
  apply(probe.start());
  while (result === undefined) {
    now = probe.nextDeadline() ?? now;
    apply(probe.step({ kind: 'deadline' }, now));
  }
  return result;
}

describe('answers that need a second question', () => {
  it('OK alone is anybody with AT commands', () => {
    const { speaker } = ask((question) => (/^AT[\r+]/.test(question) ? 'OK\r\n' : ''));
    expect(speaker).toMatchObject({ modem: undefined });
    expect(speaker?.what).toMatch(/AT commands that is no modem of ours/);
  });

  it('OK to three plus signs too, when no number follows', () => {
    const { speaker } = ask((question) => (question === '+++' ? 'OK\r' : ''));
    expect(speaker?.what).toMatch(/AT commands/);
  });

  it('a modem that tells no version is found all the same', () => {
    const { speaker } = ask((question) => (question === 'AT\r\n' ? '+OK\r\n' : ''));
    expect(speaker).toEqual({ modem: 'rylr', what: 'a REYAX RYLR module' });
  });

  it('an echo is told from an answer', () => {
    const { speaker } = ask((question) => question);
    expect(speaker?.what).toMatch(/echo/);
  });

  it('text of something else is quoted', () => {
    const { nonsense } = ask((question) => (question === 'AT\r\n' ? 'what?\r\nI am a kettle' : ''));
    expect(nonsense).toEqual([{ baudRate: 115_200, bytes: 20, text: 'what? I am a kettle' }]);
  });
});

describe('golden frames', () => {
  it.each([
    ['xbee-ap1', 'xbee'],
    ['xbee-ap2', 'xbee'],
    ['xbee-802154', 'xbee'],
    ['aquila', 'aquila'],
    ['loralink', 'loralink'],
    ['hdlc', 'hdlc'],
    ['rui3', 'rui3'],
    ['rylr', 'rylr'],
    ['rn2483', 'rn2483'],
  ])('of %s are recognised, each by itself', (kind, modem) => {
    const receptions = vectorsOf(kind).filter(
      ({ direction, error, payloadHex, drop, note }) =>
        direction === 'rx' && !error && payloadHex && !drop && !/noise/i.test(note),
    );
    expect(receptions.length).toBeGreaterThan(1);
    for (const { id, serialHex } of receptions)
      expect([id, speakerOf(fromHex(serialHex ?? ''))?.modem]).toEqual([id, modem]);
  });
});

describe('whatever a line says', () => {
  it('a probe ends', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1 }), (noises) => {
        let asked = 0;
        ask(() => Buffer.from(noises[asked++ % noises.length] ?? []).toString('latin1'));
        expect(asked).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });

  it('noise is nobody', () => {
    const random = new Random(11);
    const samples = Array.from({ length: 3000 }, () => random.octets(256));
    expect(samples.filter((noise) => speakerOf(noise) !== undefined)).toHaveLength(0);
  });
});
