import type { CoreConfig, DeviceSettings } from '../../../src/core/config.js';

export const LAN = 'lan';
export const RADIO = 'radio';

export const deviceSettings: DeviceSettings = {
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

type Changes = Partial<CoreConfig> & {
  device?: Partial<DeviceSettings>;
  sleep?: Partial<DeviceSettings['sleep']>;
};

/** Two links, one of them narrow; two predefined topics; everything else at its default. */
export function coreConfig({ device, sleep, ...changes }: Changes = {}): CoreConfig {
  return {
    gwId: 1,
    advertise: { enabled: false, intervalSec: 900 },
    links: {
      [LAN]: { maxMessageBytes: 1472, isPaced: false, broadcast: true, allowPadding: false },
      [RADIO]: { maxMessageBytes: 64, isPaced: false, broadcast: false, allowPadding: false },
    },
    predefinedTopics: [
      { id: 1, topic: 'pre/one' },
      { id: 2, topic: 'pre/${clientId}' },
    ],
    devices: [],
    defaults: {
      ...deviceSettings,
      ...device,
      sleep: { ...deviceSettings.sleep, ...device?.sleep, ...sleep },
    },
    access: { unknownDevices: 'allow' },
    keepsSessions: false,
    offline: { messages: 0, bytes: 65_536, ageMs: 86_400_000, qos0: 'drop' },
    limits: { devices: 10_000, datagramsPerSecondPerDevice: 100_000 },
    ...changes,
  };
}
