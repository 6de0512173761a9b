/** One MQTT connection per device: the broker sees each of them, with its own rights and its own will. */
import type { UpstreamRequest } from '../core/types.js';
import { FORMER } from './broker-session.js';
import { Device } from './device.js';
import { type DeviceSession, deviceSession, type Surroundings } from './device-connection.js';
import { AWAY } from './reasons.js';

/** A request for a device, not for the gateway itself. */
export type DeviceRequest = Exclude<UpstreamRequest, { op: 'accept' | 'hold' | 'give-up' }> & {
  client: string;
};

export class Transparent {
  readonly #around: Surroundings;
  readonly #devices = new Map<string, Device>();
  /** They outlive the connections of their devices. */
  readonly #sessions = new Map<string, DeviceSession>();
  #hasEnded = false;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  request(request: DeviceRequest): void {
    const { client } = request;
    switch (request.op) {
      case 'publish':
        this.#deviceFor(client).publish(request);
        return this.#dropEmpty(client);
      case 'open':
        // A connection that begins now would outlive those who could hear what the broker says on it.
        if (this.#hasEnded) return;
        return this.#remembered(client).open(request);
      case 'close':
        return this.#remembered(client).close(request);
      case 'resume':
        return this.#resume(request);
      case 'set-will':
        return this.#deviceFor(client).setWill(request);
      case 'subscribe':
        return this.#deviceFor(client).subscribe(request);
      case 'unsubscribe':
        return this.#deviceFor(client).unsubscribe(request);
      case 'adopt':
        return this.#adopt(request);
      default:
        request satisfies never;
    }
  }

  /** Returns whether the token is of a message that came on the device's own connection. */
  accept({ client, token }: Extract<UpstreamRequest, { op: 'accept' }>): boolean {
    return this.#sessions.get(client)?.receipts.accept(token) ?? false;
  }

  /** What is under way for the outbox is told to it, also of a device that has changed sides since. */
  hold({ client, ref }: Extract<UpstreamRequest, { op: 'hold' }>): void {
    this.#sessions.get(client)?.window.hold(ref);
    if (this.#sessions.has(client)) this.#deviceFor(client).strand();
  }

  /** What has begun comes to its end, if the device comes back, and nobody is told. */
  giveUp({ client, ref }: Extract<UpstreamRequest, { op: 'give-up' }>): void {
    this.#sessions.get(client)?.window.giveUp(ref);
    this.#dropEmpty(client);
  }

  /** Whether the device is connected or has something to come back to. */
  has(client: string): boolean {
    return this.#devices.has(client);
  }

  /** Disconnects every device without firing its will. Who wants to connect hears nothing any more, and asks the next run. */
  async stop(): Promise<void> {
    this.#hasEnded = true;
    await Promise.all([...this.#devices.values()].map((device) => device.stop()));
  }

  /** The broker has seen the end of a connection that nothing lives on of. */
  #resume(request: DeviceRequest & { op: 'resume' }): void {
    const { client, cleanSession, connected, will, subscriptions } = request;
    this.#around.owed.resume(client, will);
    if (cleanSession || (!connected && subscriptions.length === 0)) return;
    this.#remembered(client).resume(request);
  }

  #adopt({ token, client, ref, isHeld }: DeviceRequest & { op: 'adopt' }): void {
    const isKnown = this.#sessionOf(client).adopt(ref, (topic) => ({
      op: 'publish',
      token,
      client,
      topic,
      ...(isHeld && { isHeld }),
      ...FORMER,
    }));
    if (isKnown) this.#deviceFor(client).strand();
    else this.#around.emit({ event: 'published', token, client, ...AWAY });
    this.#dropEmpty(client);
  }

  #remembered(client: string): Device {
    const device = this.#deviceFor(client);
    this.#devices.set(client, device);
    return device;
  }

  /** A device that is not open refuses most things, and need not be remembered. */
  #deviceFor(client: string): Device {
    const known = this.#devices.get(client);
    if (known !== undefined) return known;
    const idle = (): void => {
      // Not another one that has come since.
      if (this.#devices.get(client) === device) this.#devices.delete(client);
      this.#dropEmpty(client);
    };
    const device: Device = new Device(client, this.#around, this.#sessionOf(client), idle);
    return device;
  }

  #dropEmpty(client: string): void {
    if (this.#devices.has(client)) return;
    if (this.#sessions.get(client)?.isEmpty) this.#sessions.delete(client);
  }

  #sessionOf(client: string): DeviceSession {
    const known = this.#sessions.get(client);
    if (known !== undefined) return known;
    const session = deviceSession(client, this.#around, (message, failure) =>
      this.#deviceFor(client).published(message, failure),
    );
    this.#sessions.set(client, session);
    return session;
  }
}
