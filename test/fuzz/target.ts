/** What is fuzzed: code that takes octets from outside, and what it promises whatever they are. */
import type { Random } from '../../firmware-sim/random.js';

export interface Target {
  name: string;
  /** Longer inputs find nothing that shorter ones do not. */
  bytesMax: number;
  /** Where the search begins when there is no corpus yet. */
  seeds: () => readonly Uint8Array[];
  /** Pieces that chance alone would hardly put together. */
  dictionary: readonly Uint8Array[];
  /** Throws or rejects when a promise is broken; anything else that it throws is a finding, too. */
  run: (input: Uint8Array) => void | Promise<void>;
  /** Blocks of code that an input of no octets, and each of its octets, may take: what is slower is a finding. */
  work: { base: number; perOctet: number };
  /** Changes an input as those who know its structure would; now and then in place of blind changes. */
  mutate?: (input: Uint8Array, random: Random) => Uint8Array;
}
