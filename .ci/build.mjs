/** `npm run build`: packages when they are missing, then src to dist. */
import { build, ensurePackages, prepare } from './prepare.mjs';

prepare(ensurePackages, build);
