/** `/api/capture`: frames of the links as a pcapng file, live or of the latest minutes. */
import type { HttpBindings } from '@hono/node-server';
import type { Context, Handler } from 'hono';
import { parseDuration } from '../config/values.js';
import type { CaptureRequest } from '../observe/capture/capture.js';

/** What captures are made by. */
export interface Captured {
  /** In the order of the configuration. */
  readonly linkNames: readonly string[];
  /** undefined: there are as many readers as may be. */
  captured(application: string, request: CaptureRequest): ReadableStream<Uint8Array> | undefined;
}

const PARAMETERS = ['link', 'last', 'live', 'payloads'];

export function captureHandler(
  from: Captured,
  application: string,
): Handler<{ Bindings: HttpBindings }> {
  return (c) => {
    const request = requestOf(c, from.linkNames);
    if (typeof request === 'string') return c.text(`${request}\n`, 400);
    const headers = {
      'Content-Type': 'application/x-pcapng',
      'Content-Disposition': 'attachment; filename="mqttsn-gateway.pcapng"',
    };
    // Nobody would read what is opened for it.
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    // Behind another answer, whose end is awaited: when the connection ends first, Node tells nobody, and the reader stays.
    if (c.env.outgoing.socket === null) {
      return c.text('a capture is the first request of its connection\n', 400);
    }
    const file = from.captured(application, request);
    if (file === undefined) {
      return c.text('there are as many captures as may be at once; end one of them\n', 503);
    }
    return c.body(file, 200, headers);
  };
}

/** What is asked for, or what is wrong with it. */
function requestOf(c: Context, linkNames: readonly string[]): CaptureRequest | string {
  const given = c.req.queries();
  const unknown = Object.keys(given).find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) return `no parameter "${unknown}": there are ${PARAMETERS.join(', ')}`;
  const links = given['link'];
  const stranger = links?.find((link) => !linkNames.includes(link));
  if (stranger !== undefined) return `no link "${stranger}": there are ${linkNames.join(', ')}`;
  const last = c.req.query('last') ?? '0s';
  const sinceMs = parseDuration(last);
  if (sinceMs === undefined) return `last=${last}: it is a duration as 30s, 5m`;
  const live = c.req.query('live') ?? 'true';
  if (live !== 'true' && live !== 'false') return `live=${live}: it is true or false`;
  const payloads = c.req.query('payloads') ?? 'shown';
  if (payloads !== 'shown' && payloads !== 'masked') {
    return `payloads=${payloads}: it is shown or masked`;
  }
  return { links, sinceMs, isLive: live === 'true', isMasked: payloads === 'masked' };
}
