/** How long messages may be: what the modem takes, and what the allowance of an hour can ever let through. */
import type { RadioScheduler } from '../radio/scheduler.js';
import type { Modem } from './modem.js';

export class MessageSize {
  /** The answer for the latest of the modem's own sizes: it is asked for at each step, and hardly ever changes. */
  private latest = { modemBytes: 0, airBytes: 0, bytesMax: 0 };

  constructor(
    private readonly modem: Modem,
    private readonly scheduler: RadioScheduler,
  ) {}

  /** Largest message to an address, null: to everybody; 0: it cannot be reached at all. */
  bytesMax(address: string | null): number {
    const modemBytes = this.modem.maxMessageBytes(address);
    const airBytes = this.modem.airBytes(modemBytes);
    const { latest } = this;
    if (modemBytes === latest.modemBytes && airBytes === latest.airBytes) return latest.bytesMax;
    let bytesMax = modemBytes;
    while (bytesMax > 0 && !this.scheduler.fitsTheHour(this.modem.airBytes(bytesMax))) bytesMax--;
    this.latest = { modemBytes, airBytes, bytesMax };
    return bytesMax;
  }
}
