/** What the journal tells the core. */
import type { Context } from '../context.js';
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
      for (const session of ctx.sessions) ctx.acceptAll(session);
      return;
    default:
      event satisfies never;
  }
}
