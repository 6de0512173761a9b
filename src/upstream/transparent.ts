/** One MQTT connection per device: the broker sees each of them, with its own rights and its own will. */
import type { UpstreamRequest } from '../core/types.js';
import { Device, type Surroundings } from './device.js';

/** A request for a device, not for the gateway itself. */
export type DeviceRequest = UpstreamRequest & { client: string };

export class Transparent {
  readonly #around: Surroundings;
  readonly #devices = new Map<string, Device>();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  request(request: DeviceRequest): void {
    const device = this.#deviceFor(request);
    switch (request.op) {
      case 'publish':
        return device.publish(request);
      case 'open':
        return device.open(request);
      case 'close':
        return device.close(request);
      case 'set-will':
        return device.setWill(request);
      case 'subscribe':
        return device.subscribe(request);
      case 'unsubscribe':
        return device.unsubscribe(request);
      default:
        request satisfies never;
    }
  }

  /** Whether the device is connected or has something to come back to. */
  has(client: string): boolean {
    return this.#devices.has(client);
  }

  /** Disconnects every device without firing its will. */
  async stop(): Promise<void> {
    await Promise.all([...this.#devices.values()].map((device) => device.stop()));
  }

  #deviceFor({ op, client }: DeviceRequest): Device {
    const known = this.#devices.get(client);
    if (known !== undefined) return known;
    const device = new Device(client, this.#around, () => this.#devices.delete(client));
    // The others are refused by a device that is not open, which need not be remembered.
    if (op === 'open' || op === 'close') this.#devices.set(client, device);
    return device;
  }
}
