/** What is too big for a device, or for the way to where it speaks from: link, address, forwarder. */
import { encapsulationBytes, textBytes } from '../../codec/index.js';
import type { Context } from '../context.js';
import type { Session } from './session.js';

/** PUBLISH without its payload, and REGISTER without its name: length, type, flags or ids (SN 5.4.10, 5.4.12). */
const PUBLISH_HEADER_BYTES = 7;
const REGISTER_HEADER_BYTES = 6;
/** The short length form ends here; beyond, the header is two octets longer. */
const SHORT_FORM_BYTES_MAX = 255;
const LONG_FORM_EXTRA_BYTES = 2;

export const fitsPublish = (ctx: Context, session: Session, payload: Uint8Array): boolean =>
  fits(ctx, session, PUBLISH_HEADER_BYTES + payload.length);

export const fitsRegister = (ctx: Context, session: Session, topic: string): boolean =>
  fits(ctx, session, REGISTER_HEADER_BYTES + textBytes(topic));

/** @param shortFormBytes of the whole message, with the short header */
function fits(ctx: Context, session: Session, shortFormBytes: number): boolean {
  const total =
    shortFormBytes > SHORT_FORM_BYTES_MAX ? shortFormBytes + LONG_FORM_EXTRA_BYTES : shortFormBytes;
  if (total > session.settings.maxMessageBytes) return false;
  const { peer } = session;
  const link = peer && ctx.config.links[peer.link];
  if (!link) return true;
  const bytesMax = Math.min(link.maxMessageBytes, peer.maxMessageBytes ?? link.maxMessageBytes);
  return total + encapsulationBytes(peer.node) <= bytesMax;
}
