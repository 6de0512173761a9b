/** What the journal tells the core. */
import type { Context } from '../context.js';
import type { Session } from '../session/session.js';
import type { StoreEvent } from '../types.js';
import type { Recovery } from './recovery.js';

export function onStoreEvent(ctx: Context, recovery: Recovery, event: StoreEvent): void {
  switch (event.event) {
    case 'recovered':
      recovery.add(event.records);
      return;
    case 'ready':
      ctx.run = event.run;
      recovery.finish();
      return;
    case 'committed':
      ctx.journal.onCommitted(event.number);
      return;
    case 'failing':
      ctx.notice({ notice: 'store', up: false, detail: event.detail });
      ctx.journal.onFailing();
      return;
    case 'working':
      ctx.notice({ notice: 'store', up: true });
      ctx.journal.onWorking();
      for (const session of ctx.sessions) acceptWhenKept(ctx, session);
      return;
    default:
      event satisfies never;
  }
}

/**
 * Messages that only memory had are the broker's no more once the disk has them. So are those of a session
 * that is not kept: a full window of them would keep the broker from sending to anybody else.
 */
function acceptWhenKept(ctx: Context, session: Session): void {
  const owed = [...session.buffer].filter(({ token }) => token !== 0);
  if (owed.length === 0) return;
  ctx.whenKept(session, (kept) => {
    if (kept) for (const message of owed) ctx.accept(session, message);
  });
}
