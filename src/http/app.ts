/** What the HTTP server answers to which request. */
import { Hono } from 'hono';
import { addOperations } from './api/router.js';
import type { Handlers, OnNode } from './api/router.js';
import { safeAnswers, sameSiteOnly, thisMachineOnly } from './guards.js';
import type { Login } from './login/login.js';
import { CONTENT_TYPE } from './metrics/index.js';
import { servePage } from './page.js';
import { Refusal, refuse } from './problem.js';

export interface AppOptions {
  /** Only this machine reaches the server, so it answers to no other name. */
  isLocal: boolean;
  login: Login;
  /** Of this moment. */
  metrics: () => string;
  handlers: Handlers;
  /** Where the files of the page are; undefined: there is none. */
  pageFolder: string | undefined;
  /** Why the gateway should not be relied on now; none: it may be. */
  unready: () => readonly string[];
  /** A bug of ours while answering. */
  onBug: (error: unknown) => void;
}

export function createApp(options: AppOptions): Hono<OnNode> {
  const { isLocal, login, metrics, handlers, pageFolder, unready, onBug } = options;
  const app = new Hono<OnNode>();
  app.use(safeAnswers);
  if (isLocal) app.use(thisMachineOnly);
  // Before the token: whoever restarts what does not answer needs no secret.
  app.get('/healthz', (c) => c.text('ok\n'));
  app.all('/healthz', readOnly);
  if (pageFolder !== undefined) servePage(app, pageFolder);
  app.use('/api/*', sameSiteOnly);
  app.use(login.guard);
  app.get('/readyz', (c) => {
    const reasons = unready();
    return c.json({ ready: reasons.length === 0, reasons }, reasons.length === 0 ? 200 : 503);
  });
  app.get('/metrics', (c) => c.body(metrics(), 200, { 'Content-Type': CONTENT_TYPE }));
  for (const path of ['/readyz', '/metrics']) app.all(path, readOnly);
  addOperations(app, handlers);
  app.notFound((c) => refuse(c, NOT_FOUND));
  app.onError((error, c) => {
    onBug(error);
    return refuse(c, BUG);
  });
  return app;
}

const NOT_FOUND = new Refusal(
  'not-found',
  'not found: there are /metrics, /healthz, /readyz, and what /api/openapi.json describes',
);

const BUG = new Refusal('internal', 'internal error; the log of the gateway has more');

/** Answers every method that no handler before has answered. */
const readOnly = (): Response =>
  new Response('only GET and HEAD\n', {
    status: 405,
    headers: { Allow: 'GET, HEAD', 'Content-Type': 'text/plain; charset=UTF-8' },
  });
