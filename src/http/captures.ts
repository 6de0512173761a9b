/** `/api/capture`: frames of the links as a pcapng file, live or of the latest minutes. */
import { parseDuration } from '../config/values.js';
import type { CaptureRequest } from '../observe/capture/capture.js';
import type { Asked, Handlers } from './api/router.js';
import { whenPipelined } from './pipelined.js';
import { Refusal } from './problem.js';

/** What captures are made by. */
export interface Captured {
  readonly linkNames: readonly string[];
  /** undefined: there are as many readers as may be. */
  captured(application: string, request: CaptureRequest): ReadableStream<Uint8Array> | undefined;
}

/** @param onUnread hears of a reader that took nothing for so long that its connection ends */
export function captureHandler(
  from: Captured,
  application: string,
  onUnread: () => void,
): Handlers['capture'] {
  return ({ context: c, query }) => {
    const request = requestOf(query, from.linkNames);
    if (request instanceof Refusal) return request;
    const headers = {
      'Content-Type': 'application/x-pcapng',
      'Content-Disposition': 'attachment; filename="mqttsn-gateway.pcapng"',
    };
    // Nobody would read what is opened for it.
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    const pipelined = whenPipelined(c);
    if (pipelined !== undefined) return pipelined;
    const file = from.captured(application, request);
    if (file !== undefined) {
      const { outgoing } = c.env;
      // Who listens to it has to end the connection himself.
      outgoing.once('timeout', () => {
        onUnread();
        outgoing.destroy();
      });
      return c.body(file, 200, headers);
    }
    return new Refusal(
      'too-many-readers',
      'there are as many captures as may be at once; end one of them',
    );
  };
}

/** What is asked for, or what is wrong with it. */
function requestOf(
  { link: links, last, live, payloads }: Asked<'capture'>['query'],
  linkNames: readonly string[],
): CaptureRequest | Refusal {
  const stranger = links?.find((link) => !linkNames.includes(link));
  if (stranger !== undefined) {
    return new Refusal('bad-request', `no link "${stranger}": there are ${linkNames.join(', ')}`);
  }
  const sinceMs = parseDuration(last);
  if (sinceMs === undefined) {
    return new Refusal('bad-request', `last=${last}: it is a duration as 30s, 5m`);
  }
  return { links, sinceMs, isLive: live === 'true', isMasked: payloads === 'masked' };
}
