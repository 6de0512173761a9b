/** The files of the page, as the build has left them (src/dashboard). They tell nothing, so they need no token. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Hono } from 'hono';
import type { OnNode } from './api/router.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=UTF-8',
  '.js': 'text/javascript; charset=UTF-8',
  '.css': 'text/css; charset=UTF-8',
  '.svg': 'image/svg+xml',
};

/** The page runs and shows what comes from this server, and nothing else: no script or style that is not a file of it. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Their names have a digest of their content. */
const ASSETS = 'assets/';
const ASSET_CACHING = 'public, max-age=31536000, immutable';

/**
 * Answers with the files below `folder`, and has one route for each: no path of a request is ever looked up on disk.
 * All are read at once, less than 200 KiB: after an upgrade of the package the gateway that still runs keeps its page.
 */
export function servePage(app: Hono<OnNode>, folder: string): void {
  for (const name of filesOf(folder)) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const plain = readFileSync(join(folder, name));
    const packed = readFileSync(join(folder, `${name}.gz`));
    const headers = {
      'Content-Type': type,
      'Content-Security-Policy': PAGE_POLICY,
      'Cache-Control': name.startsWith(ASSETS) ? ASSET_CACHING : 'no-cache',
      Vary: 'Accept-Encoding',
    };
    app.get(name === 'index.html' ? '/' : `/${name}`, (c) =>
      takesGzip(c.req.header('accept-encoding') ?? '')
        ? c.body(packed, 200, { ...headers, 'Content-Encoding': 'gzip' })
        : c.body(plain, 200, headers),
    );
  }
}

/** Who gives it a weight of 0 wants none (RFC 9110, 12.4.2). */
const takesGzip = (acceptEncoding: string): boolean =>
  acceptEncoding.split(',').some((one) => /^ *gzip *(?:; *q=(?!0(?:\.0*)? *$).*)?$/i.test(one));

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) =>
    path.replaceAll('\\', '/'),
  );
