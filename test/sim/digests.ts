/** Prints the digest of each seed that it is given, a line each: for the comparison with another process. */
import { CHECKERS } from './checkers/index.js';
import { storyOf } from './generate.js';
import { play } from './world.js';

for (const seed of process.argv.slice(2)) {
  const { digest } = await play(storyOf(Number(seed)), CHECKERS);
  console.log(digest);
}
