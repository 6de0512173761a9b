/** What the operator asks for. Of a device that is not known any more nothing can be asked. */
import type { Context } from './context.js';
import type { Discovery } from './discovery.js';
import { abandonAttempt } from './session/connect.js';
import { endSession } from './session/ending.js';
import { disconnect, forget, removeMessages } from './session/operator.js';
import { isConnected } from './session/state.js';
import type { AdminCommand, OperatorCommand } from './types.js';

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
      onOperator(ctx, command);
  }
}

function onOperator(ctx: Context, command: OperatorCommand): void {
  const session = ctx.sessions.get(command.client);
  switch (command.command) {
    case 'approve':
      ctx.approvals.give(command.client);
      return;
    case 'forget':
      forget(ctx, command.client);
      return;
    case 'disconnect':
      if (session === undefined) return;
      disconnect(ctx, session, 'disconnected by the operator');
      ctx.toArm.add(session);
      return;
    case 'buffer-remove':
      if (session) removeMessages(ctx, session, ({ serial }) => serial === command.serial);
      return;
    case 'buffer-clear':
      if (session) removeMessages(ctx, session, () => true);
      return;
    default:
      command satisfies never;
  }
}
