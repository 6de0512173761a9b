/** What the operator asks for. */
import type { Context } from './context.js';
import type { Discovery } from './discovery.js';
import { abandonAttempt } from './session/connect.js';
import { endSession } from './session/ending.js';
import { isConnected } from './session/state.js';
import type { AdminCommand } from './types.js';

export function onAdmin(ctx: Context, discovery: Discovery, command: AdminCommand): void {
  switch (command.command) {
    case 'reload':
      ctx.configure(command.config);
      ctx.notice({ notice: 'reloaded' });
      discovery.onReload(ctx);
      return;
    case 'disconnect-all':
      for (const session of ctx.sessions) {
        abandonAttempt(ctx, session, 'the gateway shuts down');
        if (!isConnected(session.state.name)) continue;
        if (session.state.name === 'ACTIVE') ctx.reply(session, { type: 'DISCONNECT' });
        endSession(ctx, session, 'the gateway shuts down');
        ctx.toArm.add(session);
      }
      return;
    default:
      command satisfies never;
  }
}
