/** What the HTTP server answers to which request. */
import { Hono } from 'hono';
import { openApi } from './api/openapi.js';
import { type Captured, captureHandler } from './captures.js';
import { CONTENT_TYPE } from './metrics/index.js';
import { bearerToken, safeAnswers, sameSiteOnly, thisMachineOnly } from './guards.js';

export interface AppOptions {
  /** Only this machine reaches the server, so it answers to no other name. */
  isLocal: boolean;
  /** What requests must carry; undefined: nothing. */
  token: string | undefined;
  /** Of this moment. */
  metrics: () => string;
  captured: Captured;
  /** Of the gateway: captures name who has written them. */
  version: string;
  /** Why the gateway should not be relied on now; none: it may be. */
  unready: () => readonly string[];
  /** A bug of ours while answering. */
  onBug: (error: unknown) => void;
}

export function createApp(options: AppOptions): Hono {
  const { isLocal, token, metrics, captured, version, unready, onBug } = options;
  const app = new Hono();
  app.use(safeAnswers);
  if (isLocal) app.use(thisMachineOnly);
  // Before the token: whoever restarts what does not answer needs no secret.
  app.get('/healthz', (c) => c.text('ok\n'));
  app.all('/healthz', readOnly);
  if (token !== undefined) app.use(bearerToken(token));
  app.get('/readyz', (c) => {
    const reasons = unready();
    return c.json({ ready: reasons.length === 0, reasons }, reasons.length === 0 ? 200 : 503);
  });
  app.get('/metrics', (c) => c.body(metrics(), 200, { 'Content-Type': CONTENT_TYPE }));
  app.use('/api/*', sameSiteOnly);
  app.get('/api/capture', captureHandler(captured, `mqttsn-gateway ${version}`));
  app.get('/api/openapi.json', (c) => c.json(openApi(version)));
  for (const path of ['/readyz', '/metrics', '/api/capture', '/api/openapi.json']) {
    app.all(path, readOnly);
  }
  app.notFound((c) =>
    c.text('not found: there are /metrics, /healthz, /readyz and /api/capture\n', 404),
  );
  app.onError((error, c) => {
    onBug(error);
    return c.text('internal error; the log of the gateway has more\n', 500);
  });
  return app;
}

/** Answers every method that no handler before has answered. */
const readOnly = (): Response =>
  new Response('only GET and HEAD\n', {
    status: 405,
    headers: { Allow: 'GET, HEAD', 'Content-Type': 'text/plain; charset=UTF-8' },
  });
