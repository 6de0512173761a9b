/** All who judge a run. */
import type { WatcherFactory } from '../watcher.js';
import { bounds } from './bounds.js';
import { cleanSessions } from './clean-sessions.js';
import { drops } from './drops.js';
import { growth } from './growth.js';
import { limits } from './limits.js';
import { lossDown } from './loss-down.js';
import { lossUp } from './loss-up.js';
import { once } from './once.js';
import { order } from './order.js';
import { origin } from './origin.js';
import { reasonsDown } from './reasons-down.js';
import { reasonsUp } from './reasons-up.js';
import { settled } from './settled.js';
import { sleep } from './sleep.js';
import { subscriptions } from './subscriptions.js';
import { supervision } from './supervision.js';
import { topicIds } from './topic-ids.js';
import { victims } from './victims.js';
import { wills } from './wills.js';

export const CHECKERS: readonly WatcherFactory[] = [
  lossUp,
  lossDown,
  drops,
  reasonsUp,
  reasonsDown,
  victims,
  cleanSessions,
  once,
  order,
  origin,
  sleep,
  topicIds,
  subscriptions,
  supervision,
  wills,
  limits,
  bounds,
  growth,
  settled,
];
