import type { Air, AirFrame, Station } from '../../../../firmware-sim/air.js';
import { createVirtualModem, type VirtualModem } from '../../../../firmware-sim/modems/index.js';
import { Random } from '../../../../firmware-sim/random.js';
import { RealTimeline } from '../../../../firmware-sim/real-timeline.js';
import { toHex } from '../../../support/hex.js';

/** A slip bridge on the real clock, with what goes on its air. */
export class Site {
  readonly timeline = new RealTimeline();
  readonly random = new Random(5);
  readonly sent: string[] = [];
  readonly modem: VirtualModem;

  constructor() {
    const air: Air = {
      transmit: (_station: Station, frame: AirFrame, done) => {
        this.sent.push(toHex(frame.payload));
        this.timeline.at(this.timeline.now() + 5, () => done(true));
      },
      airTimeMs: () => 0,
      lockMs: 0,
      isBusy: () => false,
    };
    this.modem = createVirtualModem('slip', { timeline: this.timeline, air, random: this.random });
  }

  hear(octets: Uint8Array): void {
    this.modem.receive(
      { from: '', to: null, payload: octets },
      { rssiDbm: -60, snrDb: 7, lqi: 200 },
    );
  }
}
