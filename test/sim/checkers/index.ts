/** All who judge a run. */
import type { WatcherFactory } from '../watcher.js';
import { advertise } from './advertise.js';
import { bounds } from './bounds.js';
import { delivered } from './delivered.js';
import { cleanSessions } from './clean-sessions.js';
import { drops } from './drops.js';
import { granted } from './granted.js';
import { growth } from './growth.js';
import { lastWord } from './last-word.js';
import { limits } from './limits.js';
import { lossDown } from './loss-down.js';
import { lossUp } from './loss-up.js';
import { once } from './once.js';
import { order } from './order.js';
import { origin } from './origin.js';
import { pace } from './pace.js';
import { redial } from './redial.js';
import { retries } from './retries.js';
import { refusals } from './refusals.js';
import { reasonsDown } from './reasons-down.js';
import { reasonsUp } from './reasons-up.js';
import { qos0Down } from './qos0-down.js';
import { qos0Up } from './qos0-up.js';
import { settled } from './settled.js';
import { sleep } from './sleep.js';
import { store } from './store.js';
import { subscriptions } from './subscriptions.js';
import { supervision } from './supervision.js';
import { topicIds } from './topic-ids.js';
import { victims } from './victims.js';
import { waiting } from './waiting.js';
import { wills } from './wills.js';

export const CHECKERS: readonly WatcherFactory[] = [
  lossUp,
  lossDown,
  delivered,
  qos0Up,
  qos0Down,
  drops,
  reasonsUp,
  reasonsDown,
  victims,
  cleanSessions,
  once,
  order,
  origin,
  sleep,
  lastWord,
  pace,
  retries,
  topicIds,
  subscriptions,
  granted,
  refusals,
  supervision,
  waiting,
  wills,
  limits,
  redial,
  advertise,
  bounds,
  growth,
  settled,
  store,
];
