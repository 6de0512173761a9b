/** For `node --import`: `hooks.mjs` sees what is loaded from here on. */
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
