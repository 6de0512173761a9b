import { describe, expect, it } from 'vitest';
import type { UpstreamEvent, UpstreamRequest } from '../../../src/core/types.js';
import { type OwnMessage, OwnSubscriptions } from '../../../src/upstream/own-topics.js';

function rig() {
  const requests: UpstreamRequest[] = [];
  const refused: string[] = [];
  const heard: OwnMessage[] = [];
  const own = new OwnSubscriptions(
    (request) => requests.push(request),
    (why) => refused.push(why),
  );
  const listen = (filter: string) => own.listen(filter, (message) => heard.push(message));
  const asked = (): string[] =>
    requests.splice(0).map((one) => `${one.op} ${'filter' in one ? one.filter : ''}`);
  return { own, requests, refused, heard, listen, asked };
}

const message = (client: string, topic: string, token = 0): UpstreamEvent => ({
  event: 'message',
  client,
  token,
  topic,
  payload: Buffer.from('x'),
  qos: 0,
  retain: false,
});

const availability = (up: boolean): UpstreamEvent => ({ event: 'availability', up });

describe("the gateway's own subscriptions", () => {
  it('are asked for whenever the broker is there, and not before', () => {
    const { own, listen, asked } = rig();
    listen('a/#');
    expect(asked()).toEqual([]);
    expect(own.takes(availability(true))).toBe(false);
    expect(asked()).toEqual(['subscribe a/#']);
    const ignore = listen('b');
    ignore();
    ignore();
    expect(asked()).toEqual(['subscribe b', 'unsubscribe b']);
    own.takes(availability(false));
    listen('c')();
    expect(asked()).toEqual([]);
    own.takes(availability(true));
    expect(asked()).toEqual(['subscribe a/#']);
  });

  it('hear what matches, acknowledge it, and leave to devices what is theirs', () => {
    const { own, listen, requests, heard } = rig();
    own.takes(availability(true));
    listen('a/#');
    const [asked] = requests.splice(0);
    const client = asked !== undefined && 'client' in asked ? (asked.client ?? '') : '';
    expect(client).toContain('\0');
    expect(own.takes(message(client, 'a/b', 5))).toBe(true);
    expect(own.takes(message(client, 'b'))).toBe(true);
    expect(own.takes(message('door-1', 'a/b'))).toBe(false);
    expect(heard.map(({ topic }) => topic)).toEqual(['a/b']);
    expect(requests).toEqual([{ op: 'accept', token: 5, client }]);
  });

  it('with one filter for two listeners are asked for again by the second, and given up with the last', () => {
    const { own, listen, heard, asked } = rig();
    own.takes(availability(true));
    const [first, second] = [listen('a/#'), listen('a/#')];
    expect(asked()).toEqual(['subscribe a/#', 'subscribe a/#']);
    first();
    expect(asked()).toEqual([]);
    own.takes(message('\0own', 'a/b'));
    expect(heard).toHaveLength(1);
    second();
    expect(asked()).toEqual(['unsubscribe a/#']);
  });

  it('that the broker refuses are told of', () => {
    const { own, listen, requests, refused } = rig();
    own.takes(availability(true));
    listen('a/#');
    const client = (requests[0] as { client: string }).client;
    const subscribed = { event: 'subscribed', token: 0, client, grantedQos: 0 } as const;
    own.takes({ ...subscribed, failure: 'unavailable' });
    own.takes({ ...subscribed, failure: 'refused', detail: 'not authorized' });
    expect(refused).toEqual(['not authorized']);
  });
});
