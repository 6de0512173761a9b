/** The side of the devices alone: what the gateway sends to the broker is its own affair. */
import { describe } from 'vitest';
import { loadScenarios } from '../support/scenario/load.js';
import { playAll } from '../support/scenario/on-daemon.js';

const scenarios = loadScenarios().flatMap((file) => file.scenarios);

describe('conformance scenarios over UDP, on the built daemon with a real broker, aggregating mode', () => {
  playAll(
    'aggregating',
    scenarios.filter((one) => one.transparentOnly === undefined),
  );
});
