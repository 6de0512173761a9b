import type { CoreConfig } from '../../../src/core/config.js';
import { deviceSettings } from '../core/config.js';
import type { Settings } from './types.js';

export const LINK = 'lan';

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
        isPaced: false,
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
      ...deviceSettings,
      maxMessageBytes: settings.maxMessage ?? deviceSettings.maxMessageBytes,
      willUpdate: settings.willUpdate ?? deviceSettings.willUpdate,
      resumeOnWake: settings.resumeOnWake ?? deviceSettings.resumeOnWake,
    },
    access: { unknownDevices: 'allow' },
    keepsSessions: false,
    offline: { messages: 0, bytes: 65_536, ageMs: 86_400_000, qos0: 'drop' },
    limits: { devices: settings.devices ?? 10_000, datagramsPerSecondPerDevice: 100_000 },
  };
}
