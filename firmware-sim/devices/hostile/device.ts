import { type DeviceSetup, Firmware, type Steps } from '../firmware.js';
import type { Port } from '../port.js';
import { Attacker } from './attacker.js';
import type { Vocabulary } from './words.js';

export interface HostileOptions extends Vocabulary {
  /** Between two blows, on average. */
  intervalSec: number;
  /** What else it can send from and listen on, beside its port. */
  sockets?: readonly Port[];
  /** Its blows, in place of endless ones from its own stream. */
  blows?: readonly number[];
}

const NUMBER_MAX = 0xffffffff;

/** Means no good: valid, nearly valid and malicious frames in sequences that a gateway may stumble over. */
export class HostileDevice extends Firmware {
  private readonly places: readonly Port[];
  private readonly attacker: Attacker;

  constructor(
    setup: DeviceSetup,
    private readonly options: HostileOptions,
  ) {
    super(setup);
    this.places = [setup.port, ...(options.sockets ?? [])];
    this.attacker = new Attacker(options, this.places.length);
  }

  protected override *life(): Steps {
    for (const place of this.places) {
      place.onMessage((octets) => this.arrived(octets));
      place.listen(true);
    }
    this.state = 'active';
    for (const number of this.numbers()) {
      yield* this.pause(this.options.intervalSec * 1000 * this.random.between(0, 2));
      for (const { place, octets, pauseMs } of this.attacker.blow(number)) {
        this.places[place]?.send(octets);
        if (pauseMs > 0) yield* this.pause(pauseMs);
      }
    }
  }

  private *numbers(): Generator<number> {
    if (this.options.blows !== undefined) yield* this.options.blows;
    else for (;;) yield this.random.integer(0, NUMBER_MAX);
  }

  protected override arrived(octets: Uint8Array): void {
    this.attacker.hear(octets);
    super.arrived(octets);
  }

  protected override hear(): void {}

  protected override forget(): void {
    for (const place of this.places) place.listen(false);
    this.attacker.forget();
  }
}
