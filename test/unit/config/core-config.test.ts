import { describe, expect, it } from 'vitest';
import { toCoreConfig } from '../../../src/config/core-config.js';
import { complete, namedFiles } from './complete.js';
import { configOf } from './support.js';

describe('toCoreConfig', () => {
  it('gives the core its defaults', () => {
    expect(toCoreConfig(configOf(''))).toEqual({
      gwId: 1,
      advertise: { enabled: true, intervalSec: 900 },
      links: {
        lan: { maxMessageBytes: 1472, isPaced: false, broadcast: false, allowPadding: false },
      },
      predefinedTopics: [],
      devices: [],
      defaults: {
        maxMessageBytes: 1024,
        retry: { intervalMs: 10_000, count: 3 },
        sleep: {
          messages: 100,
          bytes: 65_536,
          ageMs: 604_800_000,
          policy: 'drop-oldest',
          perWake: 100,
          gapMs: 0,
        },
        willUpdate: 'reconnect',
        resumeOnWake: false,
        reserved: ['mqttsn/attic-pi/bridge/#', 'mqttsn/attic-pi/device/#'],
      },
      access: { unknownDevices: 'allow' },
      keepsSessions: true,
      offline: { messages: 10_000, bytes: 67_108_864, ageMs: 86_400_000, qos0: 'drop' },
      limits: { devices: 10_000, datagramsPerSecondPerDevice: 50 },
    });
  });

  it('accepts nothing without a broker when nothing would survive a restart', () => {
    const { keepsSessions, offline } = toCoreConfig(configOf('store: { path: memory }'));
    expect(keepsSessions).toBe(false);
    expect(offline.messages).toBe(0);
  });

  it('carries links, predefined topics and device rules', () => {
    const core = toCoreConfig(configOf(complete, { files: namedFiles }));
    expect(core.links).toEqual({
      lan: {
        maxMessageBytes: 1472,
        isPaced: false,
        broadcast: true,
        allowPadding: false,
        qosMinusOne: { topics: ['sensors/#'] },
      },
      field: {
        maxMessageBytes: 200,
        isPaced: true,
        broadcast: false,
        allowPadding: false,
        qosMinusOne: { topics: ['alarms/#'] },
      },
      mesh: { maxMessageBytes: 255, isPaced: true, broadcast: true, allowPadding: false },
    });
    expect(core.predefinedTopics).toEqual([
      { id: 1, topic: 'sensors/${clientId}/temperature' },
      { id: 2, topic: 'doors/state', clients: ['door-*'] },
    ]);
    expect(core.devices).toEqual([
      {
        match: 'door-*',
        settings: {
          ...core.defaults,
          sleep: { ...core.defaults.sleep, messages: 20, policy: 'newest-per-topic' },
          allow: { publish: ['doors/#'], subscribe: ['doors/${clientId}/set'] },
        },
      },
    ]);
  });

  it('lays a rule over changed defaults, key by key', () => {
    const { devices, defaults } = toCoreConfig(
      configOf(`
defaults:
  retry: { interval: 20s }
  allow: { publish: [a], subscribe: [b] }
  will_update: reject
devices:
  - { match: x, retry: { count: 0 }, allow: { publish: [c] }, resume_on_wake: true }
`),
    );
    expect(devices[0]?.settings).toEqual({
      ...defaults,
      retry: { intervalMs: 20_000, count: 0 },
      allow: { publish: ['c'], subscribe: ['b'] },
      resumeOnWake: true,
    });
    expect(defaults.allow).toEqual({ publish: ['a'], subscribe: ['b'] });
  });
});
