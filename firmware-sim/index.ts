/** The simulator as the command `simulate` loads it. Tests import what they need. */
export { run } from './run.js';
