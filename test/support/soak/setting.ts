/** The gateway's settings in a soak test: nothing is dropped by policy. */
import type { Sections } from '../site.js';

export function configOf(
  server: string,
  mode: 'aggregating' | 'transparent',
  port: number,
  serialLinks: readonly object[],
): Sections {
  return {
    gateway: { name: 'soak' },
    mqtt: { server, mode, offline: { messages: 200_000 } },
    links: [{ name: 'lan', type: 'udp', listen: `127.0.0.1:${port}` }, ...serialLinks] as object,
    defaults: {
      // What a device repeats is recognised for so long: its firmware here repeats longer than any in the field.
      retry: { interval: '2s', count: 20 },
      sleep: { messages: 100_000, bytes: '64MiB', per_wake: 100_000 },
    },
    devices: [{ match: 'field-*', retry: { interval: '4s', count: 20 } }],
    // A hundred devices behind one forwarder share its address.
    limits: { datagrams_per_second_per_device: 100_000 },
    store: { path: './data' },
    http: { listen: '127.0.0.1:0' },
    log: { level: 'warn', format: 'json' },
  };
}
