/** Where a crash test takes place: the broker's settings, the gateway's, the topics and wills of the devices. */
import type { Sections, Setup } from '../site.js';
import type { Will } from './device.js';

/** The broker drops nothing, so that nothing is missing on its account. */
export const LOSSLESS_BROKER = [
  'max_queued_messages 0',
  'max_queued_bytes 0',
  'max_inflight_messages 1000',
  // Else it gives up its rights, and may not write where it runs.
  'user root',
];
/** When it ends in good order it saves its sessions with all that waits in them. */
export const LASTING_BROKER = [...LOSSLESS_BROKER, 'persistence true', 'persistence_location ./'];

/** Nothing is dropped by policy, and nobody is left alone for long. */
export const configOf = ({ mode, version }: Setup, server: string, port: number): Sections => ({
  gateway: { name: 'crash' },
  mqtt: { server, mode, version },
  // `receive_buffer`: what every machine grants, so that no warning hides others.
  links: [
    { name: 'lan', type: 'udp', listen: `127.0.0.1:${port}`, receive_buffer: '64KiB' },
  ] as object,
  defaults: {
    retry: { interval: '400ms', count: 10 },
    sleep: { messages: 1_000_000, bytes: '64MiB', per_wake: 1_000_000 },
  },
  limits: { datagrams_per_second_per_device: 100_000 },
  store: { path: './data' },
  log: { level: 'info', format: 'json' },
});

/** Every device is subscribed to it: one message of the broker has many receivers. */
const TOPIC_FOR_ALL = 'down/all/2';

/** Where messages for this device are published. */
export const topicsFor = (clientId: string): string[] => [
  `down/${clientId}/1`,
  `down/${clientId}/2`,
  `down/${clientId}/w/x/1`,
  `down/${clientId}/w/y/2`,
  TOPIC_FOR_ALL,
];

/** How it subscribes to them: by name, which gives it topic ids, and by a wildcard, which takes REGISTER. */
export const filtersFor = (clientId: string): string[] => [
  `down/${clientId}/1`,
  `down/${clientId}/2`,
  `down/${clientId}/w/#`,
  TOPIC_FOR_ALL,
];

export const willOf = (clientId: string): Will => ({
  topic: `will/${clientId}`,
  payload: `will/${clientId} 1`,
  qos: 2,
});
