import { describe, expect, it } from 'vitest';
import { createModem, MODEM_NAMES, modemFacts } from '../../../src/modems/registry.js';

describe('the registry of modems', () => {
  it('has each modem under its own name', () => {
    expect(MODEM_NAMES).toHaveLength(12);
    for (const name of MODEM_NAMES) expect(modemFacts(name).name).toBe(name);
  });

  it.each([
    [{ kind: 'none' }, '', '9', 0],
    [{ kind: 'fe' }, 'c003', 'nobody', 5],
    [{ kind: 'radiohead', ownAddress: 1, acknowledge: true }, '9', '', 4],
  ] as const)(
    'gives a modem without addresses the header %o',
    (addressing, known, unknown, bytes) => {
      const modem = createModem({
        modem: 'slip',
        baudRate: 9600,
        messageBytesMax: 100,
        addressing,
      });
      expect(modem.maxMessageBytes(known)).toBe(100);
      expect(modem.maxMessageBytes(unknown)).toBe(0);
      expect(modem.airBytes(10)).toBe(10 + bytes);
    },
  );

  it('gives a modem with addresses its settings as they are', () => {
    const modem = createModem({ modem: 'loralink', baudRate: 115_200, messageBytesMax: 100 });
    expect(modem.maxMessageBytes('4')).toBe(100);
  });
});
