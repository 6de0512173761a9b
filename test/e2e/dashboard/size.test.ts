/** What the page costs: on the way to a phone, on a slow link, each octet counts. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';

const FOLDER = fileURLToPath(new URL('../../../dist/dashboard/', import.meta.url));
/** All files, compressed, those that are loaded later included. */
const BYTES_MAX = 60 * 1024;

const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' });
const packed = files.filter((name) => name.endsWith('.gz'));

it('is below 60 kB compressed, all views and the chart included', () => {
  const bytes = packed.map((name) => readFileSync(FOLDER + name).length);
  expect(packed.length).toBeGreaterThan(4);
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(BYTES_MAX);
});

it('is the same compressed and plain', () => {
  for (const name of packed) {
    const plain = readFileSync(FOLDER + name.replace(/\.gz$/, ''));
    expect(gunzipSync(readFileSync(FOLDER + name)).equals(plain), name).toBe(true);
  }
});

it('has nothing of the gateway in it but types', () => {
  const scripts = files.filter((name) => name.endsWith('.js'));
  for (const name of scripts)
    expect(readFileSync(FOLDER + name, 'utf8')).not.toMatch(/zod|strictObject/i);
});

it('has no script and no style within the document', () => {
  const html = readFileSync(`${FOLDER}index.html`, 'utf8');
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|https?:/i);
});
