import type { StateName } from '../types.js';
import type { Session } from './session.js';

/** The state as its device finds it: a ghost's device is a stranger, until it connects. */
export function statusOf(session: Session | undefined): StateName {
  if (session === undefined) return 'DISCONNECTED';
  const { name } = session.state;
  return session.isGhost && name !== 'CONNECTING' ? 'DISCONNECTED' : name;
}
