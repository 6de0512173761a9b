import type { Target } from '../target.js';
import { capture } from './capture.js';
import { codec } from './codec.js';
import { config } from './config.js';
import { framing } from './framing.js';
import { http } from './http.js';
import { modem } from './modem.js';
import { probe } from './probe.js';
import { scene } from './scene.js';

export const TARGETS: readonly Target[] = [
  codec,
  framing,
  modem,
  probe,
  config,
  http,
  capture,
  scene,
];
