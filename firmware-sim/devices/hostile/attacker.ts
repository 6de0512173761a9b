import { Random } from '../../random.js';
import { blowOf, type Utterance } from './blows.js';
import { Memory } from './memory.js';
import { type Vocabulary, Words } from './words.js';

/**
 * Somebody who knows MQTT-SN and means no good. An attack is a list of whole numbers, one for each
 * blow: any of them may be left out, and the others stay what they are, but for what they make of
 * what was heard in between.
 */
export class Attacker {
  private readonly memory = new Memory();

  constructor(
    private readonly vocabulary: Vocabulary,
    /** How many places it can send from. */
    private readonly places = 1,
  ) {}

  blow(number: number): Utterance[] {
    return blowOf(new Words(new Random(number), this.memory, this.vocabulary), this.places);
  }

  /** A frame from anybody to anybody. */
  hear(octets: Uint8Array): void {
    this.memory.hear(octets);
  }

  forget(): void {
    this.memory.forget();
  }
}
