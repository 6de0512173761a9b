import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Probe, type ProbeEffect, type ProbeResult } from '../../../../src/modems/probe/probe.js';
import { probeStages } from '../../../../src/modems/probe/questions.js';

const octets = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

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
});
