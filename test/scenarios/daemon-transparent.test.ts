/** Both sides of the gateway: what devices get, and what the broker gets. */
import { describe } from 'vitest';
import { loadScenarios } from '../support/scenario/load.js';
import { playAll } from '../support/scenario/on-daemon.js';

const scenarios = loadScenarios().flatMap((file) => file.scenarios);

describe('conformance scenarios over UDP, on the built daemon with a real broker, transparent mode', () => {
  playAll('transparent', scenarios);
});
