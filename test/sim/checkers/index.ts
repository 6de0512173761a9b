/** All who judge a run. */
import type { WatcherFactory } from '../watcher.js';
import { bounds } from './bounds.js';
import { drops } from './drops.js';
import { growth } from './growth.js';
import { limits } from './limits.js';
import { lossDown } from './loss-down.js';
import { lossUp } from './loss-up.js';
import { once } from './once.js';
import { order } from './order.js';
import { origin } from './origin.js';
import { qos0Down } from './qos0-down.js';
import { qos0Up } from './qos0-up.js';
import { settled } from './settled.js';
import { sleep } from './sleep.js';
import { subscriptions } from './subscriptions.js';
import { supervision } from './supervision.js';
import { topicIds } from './topic-ids.js';
import { waiting } from './waiting.js';
import { wills } from './wills.js';

export const CHECKERS: readonly WatcherFactory[] = [
  lossUp,
  lossDown,
  qos0Up,
  qos0Down,
  drops,
  once,
  order,
  origin,
  sleep,
  topicIds,
  subscriptions,
  supervision,
  waiting,
  wills,
  limits,
  bounds,
  growth,
  settled,
];
