/** What goes out too often, too soon, or at the wrong time. */
import type { PlantedFault } from './faults.js';

export const PACE: readonly PlantedFault[] = [
  {
    name: 'what is not answered is repeated for ever',
    file: 'src/core/session/deliver.ts',
    find: 'inFlight.attempts < session.settings.retry.count',
    put: 'inFlight.attempts < 50',
    checker: 'retries',
    says: 'it has not said a word',
    seed: 11,
  },
  {
    name: 'repeats come twice as fast',
    file: 'src/core/session/transmit.ts',
    find: 'inFlight.nextAt = ctx.now + (isPaced ? TRANSMISSION_MS_MAX : session.settings.retry.intervalMs);',
    put: 'inFlight.nextAt = ctx.now + (isPaced ? TRANSMISSION_MS_MAX : session.settings.retry.intervalMs / 2);',
    checker: 'retries',
    says: 'was repeated after',
    seed: 1,
  },
  {
    name: 'repeats have no DUP',
    file: 'src/core/session/transmit.ts',
    find: 'publishOf(inFlight.message, inFlight, msgId, isRepeat)',
    put: 'publishOf(inFlight.message, inFlight, msgId, false)',
    checker: 'retries',
    says: 'without DUP',
    seed: 1,
  },
  {
    name: 'what is sent for the first time has DUP',
    file: 'src/core/session/deliver.ts',
    find: 'transmit(ctx, session, inFlight, repeated);',
    put: 'transmit(ctx, session, inFlight, true);',
    checker: 'retries',
    says: 'when it was sent first',
    seed: 1,
  },
  {
    name: 'a sleeper gets all that waits in one wake-up',
    file: 'src/core/session/deliver.ts',
    find: 'state.delivered >= session.settings.sleep.perWake',
    put: 'false',
    checker: 'pace',
    says: 'messages in one wake-up',
    seed: 1,
  },
  {
    name: 'there is no pause between two messages to a sleeper',
    file: 'src/core/session/deliver.ts',
    find: 'session.gapUntil = gapMs > 0 ? ctx.now + gapMs : 0;',
    put: '',
    checker: 'pace',
    says: 'after the one before',
    seed: 6,
  },
];
