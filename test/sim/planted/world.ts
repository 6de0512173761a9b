/** What is bundled: the world, and the switch of the faults in it. */
export { planted } from './switch.js';
export { play } from '../world.js';
