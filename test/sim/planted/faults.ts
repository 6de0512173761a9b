/**
 * Faults that the world has to find, as data: one place in the gateway's source for each, and the checker that complains.
 * Who changes that place moves the fault along with it.
 */
import { BOUNDS } from './bounds.js';
import { BREADTH } from './breadth.js';
import { DELIVERED } from './delivered.js';
import { DEVICES } from './devices.js';
import { MESSAGES } from './messages.js';
import { PACE } from './pace.js';
import { UNREASONABLE } from './reasons.js';
import { WAITING } from './waiting.js';

export interface PlantedFault {
  /** What the gateway does with it. */
  name: string;
  /** In `src`. */
  file: string;
  /** Text that the file has exactly once, and what stands there instead. */
  find: string;
  put: string;
  /** Whose complaint it is, and words of it. */
  checker: string;
  says: string;
  /** The smallest one that shows it. */
  seed: number;
}

export const FAULTS: readonly PlantedFault[] = [
  ...MESSAGES,
  ...DEVICES,
  ...BOUNDS,
  ...DELIVERED,
  ...PACE,
  ...BREADTH,
  ...UNREASONABLE,
  ...WAITING,
];
