import type { Port } from './port.js';

/** Several ports of which one is in use: a device that moves from one gateway's radio to another's. */
export class RoamingPort implements Port {
  private listener: (message: Uint8Array) => void = () => {};
  private isOn = false;
  private current = 0;

  constructor(private readonly ports: readonly [Port, ...Port[]]) {
    ports.forEach((port, index) => {
      port.onMessage((message) => {
        if (index === this.current) this.listener(message);
      });
    });
  }

  /** Takes the next port, after the last one the first. */
  roam(): void {
    this.port.listen(false);
    this.current = (this.current + 1) % this.ports.length;
    this.port.listen(this.isOn);
  }

  send(message: Uint8Array, to?: string): void {
    this.port.send(message, to);
  }

  onMessage(listener: (message: Uint8Array) => void): void {
    this.listener = listener;
  }

  listen(on: boolean): void {
    this.isOn = on;
    this.port.listen(on);
  }

  private get port(): Port {
    return this.ports[this.current] ?? this.ports[0];
  }
}
