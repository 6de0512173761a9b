/**
 * src to dist: a few files instead of a thousand small ones, so that the gateway starts in half the time and
 * stays smaller in memory. Packages with native parts stay outside: those are found by their place on disk.
 */
import { build } from 'rolldown';

await build({
  input: { main: 'src/main.ts' },
  platform: 'node',
  external: ['serialport', 'classic-level'],
  output: { dir: 'dist', format: 'esm', sourcemap: true, chunkFileNames: '[name].js' },
});
