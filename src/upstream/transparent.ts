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
    const { client } = request;
    const device = this.#devices.get(client) ?? this.#create(client);
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

  /** Disconnects every device without firing its will. */
  async stop(): Promise<void> {
    await Promise.all([...this.#devices.values()].map((device) => device.stop()));
  }

  #create(client: string): Device {
    const device = new Device(client, this.#around, () => this.#devices.delete(client));
    this.#devices.set(client, device);
    return device;
  }
}
