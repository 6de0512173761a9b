import type { WatcherFactory } from '../watcher.js';
import { loss } from './loss.js';

export const CHECKERS: readonly WatcherFactory[] = [loss];
