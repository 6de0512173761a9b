/** A message of the broker for a device: into its buffer, onto the disk, and then the broker need not keep it. */
import type { Context } from '../context.js';
import type { MessageDrop, UpstreamEvent } from '../types.js';
import type { Downlink } from './buffer.js';
import { prepare, pump, releaseWhenKept } from './deliver.js';
import type { Session } from './session.js';
import { fitsPublish } from './size.js';

export function onMessage(ctx: Context, event: Extract<UpstreamEvent, { event: 'message' }>): void {
  const { client, topic, token } = event;
  const session = ctx.sessions.get(client);
  const objection = objectionTo(ctx, session, event);
  if (session === undefined || objection !== undefined) {
    ctx.dropMessage('downlink', objection ?? 'session-ended', client, topic);
    if (token !== 0) ctx.toBroker({ op: 'accept', token, client });
    return;
  }
  const message: Downlink = {
    serial: session.nextSerial(),
    topic: event.topic,
    // A copy: the original is a view of a receive buffer that may be a hundred times larger.
    payload: new Uint8Array(event.payload),
    qos: event.qos,
    retain: event.retain,
    arrivedAt: ctx.now,
    token,
    msgId: undefined,
    ready: true,
    begun: false,
    repeated: false,
    received: false,
    repaired: false,
  };
  const isKept = message.qos > 0 && session.keeps === 'all';
  if (isKept) prepare(ctx, session, message);
  // Should it still replace one that is kept, a crash would bring back that one, without the message.
  else if (token !== 0) acceptWhenKept(ctx, session, message);
  ctx.dropAll(session, session.buffer.push(message, session.settings.sleep, ctx.now));
  if (isKept) releaseWhenKept(ctx, session, message);
  pump(ctx, session);
}

function objectionTo(
  ctx: Context,
  session: Session | undefined,
  { qos, payload }: Extract<UpstreamEvent, { event: 'message' }>,
): MessageDrop | undefined {
  if (session === undefined || session.isGhost) return 'session-ended';
  const { name } = session.state;
  if (qos === 0 && (name === 'DISCONNECTED' || name === 'LOST')) return 'device-offline';
  if (!fitsPublish(ctx, session, payload)) return 'too-big-for-device';
  return undefined;
}

function acceptWhenKept(ctx: Context, session: Session, message: Downlink): void {
  ctx.whenKept(session, (kept) => {
    if (kept) ctx.accept(session, message);
  });
}
