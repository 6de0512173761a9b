import type { Port } from '../../firmware-sim/devices/port.js';

export interface PortWitness {
  said(data: Uint8Array): void;
  heard(data: Uint8Array): void;
}

/** Tells what a device says and hears, whatever its port is. */
export class WatchedPort implements Port {
  constructor(
    private readonly port: Port,
    private readonly witness: PortWitness,
  ) {}

  send(message: Uint8Array, to?: string): void {
    this.witness.said(message);
    this.port.send(message, to);
  }

  onMessage(listener: (message: Uint8Array) => void): void {
    this.port.onMessage((message) => {
      this.witness.heard(message);
      listener(message);
    });
  }

  listen(on: boolean): void {
    this.port.listen(on);
  }
}
