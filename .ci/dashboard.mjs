/**
 * src/dashboard to dist/dashboard: the page as files, each also compressed, because the gateway has better things to do
 * than to compress the same file for everybody who looks.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const OUT = join(import.meta.dirname, '../dist/dashboard');

await build({
  configFile: false,
  root: join(import.meta.dirname, '../src/dashboard'),
  // Relative, so that the page also works below a path of a reverse proxy.
  base: './',
  publicDir: false,
  logLevel: 'warn',
  build: {
    outDir: OUT,
    emptyOutDir: true,
    // The page's Content-Security-Policy allows files of the gateway alone: nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});

for (const entry of readdirSync(OUT, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath, entry.name);
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
}
