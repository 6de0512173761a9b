import type { Port } from './port.js';

/** Several ports of which one is in use: a device that moves from one gateway's radio to another's. */
export class RoamingPort implements Port {
  private listener: (message: Uint8Array) => void = () => {};
  private isOn = false;
  private current = 0;
  /** The one that it has left, and still speaks at. */
  private left: Port | undefined;

  constructor(private readonly ports: readonly [Port, ...Port[]]) {
    ports.forEach((port, index) => {
      port.onMessage((message) => {
        if (index === this.current) this.listener(message);
      });
    });
  }

  /** Takes the next port, after the last one the first. `lingers`: it speaks at the one before, too, until `settle`. */
  roam(lingers = false): void {
    const { port } = this;
    port.listen(false);
    this.left = lingers ? port : undefined;
    this.current = (this.current + 1) % this.ports.length;
    this.port.listen(this.isOn);
  }

  /** Falls silent at the port before the present one. */
  settle(): void {
    this.left = undefined;
  }

  send(message: Uint8Array, to?: string): void {
    this.port.send(message, to);
    this.left?.send(message, to);
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
