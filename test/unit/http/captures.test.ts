import { afterEach, describe, expect, it } from 'vitest';
import type { Bounds } from '../../../src/http/limits.js';
import type { CaptureRequest } from '../../../src/observe/capture/capture.js';
import { Cleanup } from '../../support/cleanup.js';
import { Rig } from './rig.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

/** A server whose captures say what they were asked for. */
async function rigOf(
  bounds?: Partial<Bounds>,
): Promise<{ rig: Rig; asked: [string, CaptureRequest][] }> {
  const rig = cleanup.add(await Rig.start({}, bounds), (one) => one.stop());
  const asked: [string, CaptureRequest][] = [];
  rig.captured = (...request) => {
    asked.push(request);
    return new Blob(['frames']).stream();
  };
  return { rig, asked };
}

describe('/api/capture', () => {
  it('is a file that is written as it comes', async () => {
    const { rig, asked } = await rigOf();
    const { status, headers, text } = await rig.ask('/api/capture');
    expect([status, text]).toEqual([200, 'frames']);
    expect(headers).toMatchObject({
      'content-type': 'application/x-pcapng',
      'content-disposition': 'attachment; filename="mqttsn-gateway.pcapng"',
    });
    expect(asked).toEqual([
      ['mqttsn-gateway 1.2.3', { links: undefined, sinceMs: 0, isLive: true, isMasked: false }],
    ]);
  });

  it('takes links, a time before, an end, and a mask', async () => {
    const { rig, asked } = await rigOf();
    await rig.ask('/api/capture?link=lan&link=radio&last=5m&live=false&payloads=masked');
    expect(asked[0]?.[1]).toEqual({
      links: ['lan', 'radio'],
      sinceMs: 300_000,
      isLive: false,
      isMasked: true,
    });
  });

  it.each([
    ['link=attic', 'no link "attic": there are lan, radio'],
    ['links=lan', 'no parameter "links": there are link, last, live, payloads'],
    ['last=5', 'last=5: it is a duration as 30s, 5m'],
    ['live=yes', 'live: it is one of true, false'],
    ['payloads=no', 'payloads: it is one of shown, masked'],
    ['live=true&live=true', 'live: it is there twice'],
  ])('says what is wrong with %s', async (query, problem) => {
    const { rig, asked } = await rigOf();
    expect(await rig.ask(`/api/capture?${query}`)).toMatchObject({
      status: 400,
      text: JSON.stringify({ error: { code: 'bad-request', message: problem } }),
    });
    expect(asked).toEqual([]);
  });

  it('one too many at a time is told so', async () => {
    const { rig } = await rigOf();
    rig.captured = () => undefined;
    expect((await rig.ask('/api/capture')).status).toBe(503);
  });

  it('HEAD opens nothing', async () => {
    const { rig, asked } = await rigOf();
    expect((await rig.ask('/api/capture', { method: 'HEAD' })).status).toBe(200);
    expect(asked).toEqual([]);
  });

  it.each([
    ['cross-site', 403],
    ['same-site', 403],
    ['same-origin', 200],
    ['none', 200],
  ])('a browser that asks for a page that is %s gets %i', async (from, status) => {
    const { rig } = await rigOf();
    const answer = await rig.ask('/api/capture', { headers: { 'sec-fetch-site': from } });
    expect(answer.status).toBe(status);
  });

  it('behind another one, on the same connection, is refused: nobody would notice that its reader leaves', async () => {
    const { rig } = await rigOf();
    let opened = 0;
    rig.captured = () => {
      opened++;
      return new ReadableStream({ start: (file) => file.enqueue(Buffer.from('frames')) });
    };
    const { socket } = await rig.connection();
    socket.write('GET /api/capture HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(3));
    await new Promise((resolve) => socket.once('data', resolve));
    expect(opened).toBe(1);
    socket.destroy();
  });

  it('a reader that leaves is noticed', async () => {
    const { rig } = await rigOf();
    const left = new Promise<void>((resolve) => {
      rig.captured = () => new ReadableStream({ cancel: () => resolve() });
    });
    const connection = await rig.connection();
    connection.socket.write('GET /api/capture HTTP/1.1\r\nHost: localhost\r\n\r\n');
    connection.socket.once('data', () => connection.socket.destroy());
    await left;
  });

  it('a reader that takes nothing is cut off, its place is free, and the log says so', async () => {
    const { rig } = await rigOf({ silenceMaxMs: 50 });
    const left = new Promise<void>((resolve) => {
      rig.captured = () =>
        new ReadableStream({
          pull: (file) => file.enqueue(new Uint8Array(65_536)),
          cancel: () => resolve(),
        });
    });
    const { socket, closed } = await rig.connection();
    socket.pause();
    socket.write('GET /api/capture HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await left;
    expect(rig.warnings).toMatchObject([[{ code: 'CAPTURE_UNREAD' }, expect.any(String)]]);
    socket.resume();
    await closed;
  });
});
