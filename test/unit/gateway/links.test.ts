import { describe, expect, it } from 'vitest';
import { AirJournal } from '../../../src/gateway/air-journal.js';
import { createLinks } from '../../../src/gateway/links.js';
import { realOutside } from '../../../src/gateway/outside.js';
import { MemoryStore } from '../../../src/store/memory-store.js';
import { fileOf } from '../config/serial.js';
import { MODEM_NAMES } from '../../../src/modems/registry.js';
import { configOf } from '../config/support.js';

const created = (text: string) =>
  createLinks(configOf(text).links, new AirJournal(new MemoryStore()), () => 0, realOutside());

describe('links of the configuration', () => {
  it('over UDP have no radio', () => {
    const { links, radios } = created('');
    expect(links.map(({ name }) => name)).toEqual(['lan']);
    expect(radios.size).toBe(0);
  });

  it.each(MODEM_NAMES)(
    'with modem %s are named with it and their port, and nothing is opened',
    (modem) => {
      const { links, radios } = created(fileOf(modem));
      expect(links.map(({ description }) => description)).toEqual([
        expect.stringMatching(new RegExp(`^a ${modem}( .*)? /dev/ttyUSB0$`)),
      ]);
      expect([...radios.keys()]).toEqual(['a']);
    },
  );

  it('with two modems are named with both ports', () => {
    const file = fileOf('loralink', 'loralink: { transmit_port: tcp://adapter:4001 }');
    expect(created(file).links[0]?.description).toMatch(
      /^a loralink .* \/dev\/ttyUSB0 and tcp:\/\/adapter:4001$/,
    );
  });

  it('have the allowance of their frequency, or none', () => {
    const limitMs = (text: string) => created(text).radios.get('a')?.usage(0).limitMs;
    expect(limitMs(fileOf('rn2483'))).toBe(360_000);
    expect(limitMs(fileOf('slip'))).toBeNull();
  });
});
