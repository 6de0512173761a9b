import type { CoreConfig, DeviceSettings } from '../../../src/core/config.js';
import type { Settings } from './types.js';

export const LINK = 'lan';

const DEVICE: DeviceSettings = {
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
};

/** The configuration that the scenarios assume, with what one of them asks for. */
export function coreConfig(settings: Settings = {}): CoreConfig {
  return {
    gwId: 1,
    advertise: {
      enabled: settings.advertise !== undefined,
      intervalSec: settings.advertise ?? 900,
    },
    links: {
      [LINK]: {
        maxMessageBytes: 1472,
        broadcast: true,
        allowPadding: settings.allowPadding ?? false,
        qosMinusOne: { topics: ['#'] },
      },
    },
    predefinedTopics: [
      { id: 1, topic: 'pre/one' },
      { id: 2, topic: 'pre/two' },
    ],
    devices: [],
    defaults: {
      ...DEVICE,
      maxMessageBytes: settings.maxMessage ?? DEVICE.maxMessageBytes,
      willUpdate: settings.willUpdate ?? DEVICE.willUpdate,
      resumeOnWake: settings.resumeOnWake ?? DEVICE.resumeOnWake,
    },
    access: { unknownDevices: 'allow' },
    limits: { devices: settings.devices ?? 10_000, datagramsPerSecondPerDevice: 100_000 },
  };
}
