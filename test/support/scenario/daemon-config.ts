import type { Settings } from './types.js';

/** Client id of the gateway's own connection. */
export const GATEWAY_CLIENT = 'gw';
export const BASE_TOPIC = 'mqttsn/gw';
export type Mode = 'transparent' | 'aggregating';

/** The scenarios are written for 3.1.1; what most users run is 5 on one connection. */
export const MQTT_VERSION = { transparent: 4, aggregating: 5 } as const;

export const MULTICAST = { group: '225.1.1.1', interface: '127.0.0.1' };

/** The configuration that the scenarios assume, with what one of them asks for. */
export function daemonConfig(
  mode: Mode,
  settings: Settings,
  ports: { broker: number; multicast: number },
): object {
  const { advertise, allowPadding, devices, maxMessage, resumeOnWake, willUpdate } = settings;
  return {
    gateway: {
      id: 1,
      name: 'gw',
      advertise: { enabled: advertise !== undefined, ...(advertise && { interval: advertise }) },
    },
    mqtt: {
      server: `mqtt://127.0.0.1:${ports.broker}`,
      mode,
      version: MQTT_VERSION[mode],
      client_id: GATEWAY_CLIENT,
      keepalive: 60,
      base_topic: BASE_TOPIC,
    },
    links: [
      {
        name: 'lan',
        type: 'udp',
        listen: '127.0.0.1:0',
        // What the machine may grant, so that no warning hides others.
        receive_buffer: '64KiB',
        qos_minus_one: { topics: ['#'] },
        ...(allowPadding && { allow_padding: true }),
        ...(advertise && { multicast: { ...MULTICAST, port: ports.multicast } }),
      },
    ],
    topics: {
      predefined: [
        { id: 1, topic: 'pre/one' },
        { id: 2, topic: 'pre/two' },
      ],
    },
    defaults: {
      ...(maxMessage && { max_message: maxMessage }),
      ...(resumeOnWake && { resume_on_wake: true }),
      ...(willUpdate && { will_update: willUpdate }),
    },
    limits: { devices: devices ?? 10_000, datagrams_per_second_per_device: 100_000 },
    store: { path: 'memory' },
    log: { level: 'debug', format: 'json' },
  };
}
