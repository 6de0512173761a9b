/** Finding gateways (SN 6.1): offered only while the broker is there, so that devices choose a gateway that works. */
import type { Context } from './context.js';
import type { Peer } from './peer.js';
import type { Instant } from './types.js';

export class Discovery {
  private nextAdvertiseAt: Instant = Number.POSITIVE_INFINITY;

  /** The broker came or went: the first ADVERTISE goes out at once, the last one has gone. */
  onAvailability(ctx: Context): void {
    this.nextAdvertiseAt =
      ctx.brokerUp && ctx.config.advertise.enabled ? ctx.now : Number.POSITIVE_INFINITY;
    this.onDeadline(ctx);
  }

  /** New settings: switched on or off they take effect at once, else the rhythm is kept. */
  onReload(ctx: Context): void {
    const isOff = this.nextAdvertiseAt === Number.POSITIVE_INFINITY;
    if (isOff || !ctx.config.advertise.enabled) {
      this.onAvailability(ctx);
      return;
    }
    this.nextAdvertiseAt = Math.min(
      this.nextAdvertiseAt,
      ctx.now + ctx.config.advertise.intervalSec * 1000,
    );
  }

  nextDeadline(): Instant {
    return this.nextAdvertiseAt;
  }

  onDeadline(ctx: Context): void {
    if (ctx.now < this.nextAdvertiseAt) return;
    const { intervalSec } = ctx.config.advertise;
    this.nextAdvertiseAt = ctx.now + intervalSec * 1000;
    for (const link of Object.keys(ctx.config.links)) advertise(ctx, link);
  }

  /** A link that could not send before: its devices have missed what the others heard. */
  onLinkReady(ctx: Context, link: string): void {
    if (this.nextAdvertiseAt !== Number.POSITIVE_INFINITY) advertise(ctx, link);
  }

  onSearch(ctx: Context, peer: Peer): void {
    if (ctx.brokerUp) ctx.send(peer, { type: 'GWINFO', gwId: ctx.config.gwId });
    else ctx.dropFrame(peer, 'broker-unavailable', { messageType: 'SEARCHGW' });
  }
}

function advertise(ctx: Context, link: string): void {
  const { gwId, advertise: settings, links } = ctx.config;
  const own = links[link];
  // A modem that starts hears of it when it is ready.
  if (!own?.broadcast || !ctx.links.isReady(link, own)) return;
  ctx.broadcast(link, { type: 'ADVERTISE', gwId, duration: settings.intervalSec });
}
