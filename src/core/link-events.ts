/** What paced links tell: when frames leave, what never will, and whether there is room for more. */
import { decode } from '../codec/index.js';
import type { Context } from './context.js';
import type { Discovery } from './discovery.js';
import { peerKey } from './peer.js';
import { giveUpHead } from './session/deliver.js';
import { onTransmitted } from './session/transmit.js';
import type { LinkEvent } from './types.js';

export function onLinkEvent(
  ctx: Context,
  discovery: Discovery,
  link: string,
  event: LinkEvent,
): void {
  switch (event.event) {
    case 'transmitted':
      onTransmitted(ctx, event);
      return;
    case 'dropped':
      onDropped(ctx, link, event);
      return;
    case 'ready':
      ctx.links.setReady(link);
      discovery.onLinkReady(ctx, link);
      return;
    case 'congestion':
      if (ctx.links.setCongested(link, event.isCongested)) {
        ctx.notice({ notice: 'link-congestion', link, isOver: !event.isCongested });
      }
      return;
    default:
      event satisfies never;
  }
}

function onDropped(
  ctx: Context,
  link: string,
  { address, data, reason }: Extract<LinkEvent, { event: 'dropped' }>,
): void {
  if (data === undefined) {
    const to = address === null ? {} : { address };
    ctx.notice({ notice: 'drop', what: 'acknowledgement', reason, link, ...to });
    return;
  }
  const decoded = decode(data);
  const isWrapped = decoded.type === 'ENCAPSULATED';
  const node = isWrapped ? decoded.wirelessNodeId : undefined;
  const message = isWrapped ? decoded.message : decoded;
  const { type } = message;
  const session = address === null ? undefined : ctx.sessions.at(link, peerKey(address, node));
  ctx.notice({
    notice: 'drop',
    what: 'transmission',
    reason,
    link,
    ...(address === null ? {} : { address }),
    ...(session ? { client: session.clientId } : {}),
    ...(type === 'MALFORMED' ? {} : { messageType: type }),
  });
  if (reason === 'too-big-for-device' && session && 'msgId' in message)
    giveUpHead(ctx, session, message.msgId, reason);
}
