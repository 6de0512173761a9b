import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpOptions } from '../../../src/http/server.js';
import { Cleanup } from '../../support/cleanup.js';
import { Rig } from './rig.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const FILES = {
  'index.html': '<!doctype html>',
  'assets/index-1a2b.js': 'run();',
  'assets/index-3c4d.css': 'p {}',
  'assets/notes.txt': 'not of the page',
};

/** A server with a page of a few files, and a secret beside it. */
async function rigOf(options: Partial<HttpOptions> = {}): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'mqttsn-page-'));
  cleanup.add(folder, (one) => rm(one, { recursive: true }));
  await writeFile(join(folder, 'secret.js'), 'secret');
  await mkdir(join(folder, 'page/assets'), { recursive: true });
  for (const [name, content] of Object.entries(FILES)) {
    await writeFile(join(folder, 'page', name), content);
    await writeFile(join(folder, 'page', `${name}.gz`), gzipSync(content));
  }
  const rig = await Rig.start({ pageFolder: join(folder, 'page'), ...options });
  return cleanup.add(rig, (one) => one.stop());
}

describe('the page', () => {
  it.each([
    ['/', 'text/html; charset=UTF-8', '<!doctype html>'],
    ['/assets/index-1a2b.js', 'text/javascript; charset=UTF-8', 'run();'],
    ['/assets/index-3c4d.css', 'text/css; charset=UTF-8', 'p {}'],
  ])('has %s', async (path, type, text) => {
    const answer = await (await rigOf()).ask(path);
    expect([answer.status, answer.text]).toEqual([200, text]);
    expect(answer.headers['content-type']).toBe(type);
  });

  it('runs and shows files of its own alone', async () => {
    const { headers } = await (await rigOf()).ask('/');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
    expect(policy).not.toContain('unsafe');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
  });

  it('is asked for anew each time, and its files with a digest in their name never again', async () => {
    const rig = await rigOf();
    expect((await rig.ask('/')).headers['cache-control']).toBe('no-cache');
    expect((await rig.ask('/assets/index-1a2b.js')).headers['cache-control']).toContain(
      'immutable',
    );
  });

  it('is sent compressed to who can read that', async () => {
    const rig = await rigOf();
    const headers = { 'accept-encoding': 'br, gzip' };
    const packed = await rig.ask('/', { headers });
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(packed.headers['content-type']).toBe('text/html; charset=UTF-8');
    expect((await rig.ask('/')).headers['content-encoding']).toBeUndefined();
    for (const [accepted, encoding] of [
      ['gzip;q=0', undefined],
      ['br, gzip; q=0.0', undefined],
      ['gzip;q=0.5', 'gzip'],
      ['GZIP', 'gzip'],
      ['gzipped', undefined],
    ] as const) {
      const answer = await rig.ask('/', { headers: { 'accept-encoding': accepted } });
      expect([accepted, answer.headers['content-encoding']]).toEqual([accepted, encoding]);
    }
  });

  it('opens without the token that all it asks for needs', async () => {
    const rig = await rigOf({ token: 'secret' });
    expect((await rig.ask('/')).status).toBe(200);
    expect((await rig.ask('/metrics')).status).toBe(401);
  });

  it.each([
    '/secret.js',
    '/../secret.js',
    '/assets/../../secret.js',
    '/assets/%2e%2e/%2e%2e/secret.js',
    '/assets/..%2f..%2fsecret.js',
    '/assets\\..\\..\\secret.js',
    '/assets',
    '/assets/',
    '/assets/notes.txt',
    '/assets/index-1a2b.js.gz',
    '//secret.js',
  ])('has nothing else: %s', async (path) => {
    const answer = await (await rigOf()).ask(path);
    // Backslashes are no path at all.
    expect(answer.status).toBe(path.includes('\\') ? 400 : 404);
    expect(answer.text).not.toContain('secret');
  });

  it('is not there where none was built', async () => {
    const rig = cleanup.add(await Rig.start(), (one) => one.stop());
    expect((await rig.ask('/')).status).toBe(404);
  });
});
