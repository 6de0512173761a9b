/**
 * What the API can do: one entry for each operation. The router and the OpenAPI description are made of these alone, so
 * that neither knows of something that the other does not.
 */
import { z } from 'zod';
import { configuration } from './schema/config.js';
import { buffer, device, devices, devicesQuery } from './schema/devices.js';
import { frames, framesQuery } from './schema/frames.js';
import { login, loginState } from './schema/login.js';
import { log, logQuery } from './schema/log.js';
import { overview } from './schema/overview.js';
import type { ProblemCode } from './schema/problem.js';
import { exportQuery, topicIds, topicIdsQuery, topics } from './schema/topics.js';

/** An answer that is no JSON. */
export interface Stream {
  contentTypes: readonly string[];
}

export interface Operation {
  method: 'get' | 'post' | 'delete';
  /** As OpenAPI writes it: `{client}` stands for a part of the path. */
  path: string;
  summary: string;
  query?: z.ZodObject;
  /** JSON; without one the body is empty, or `{}`. */
  body?: z.ZodType;
  /** null: done, and there is nothing to say (204). */
  answer: z.ZodType | Stream | null;
  /** Beside those that every operation has. */
  problems: readonly ProblemCode[];
  /** Answers without a token. */
  isOpen?: true;
}

const captureQuery = z.strictObject({
  link: z.array(z.string()).optional().describe('Only these links.'),
  last: z.string().default('0s').describe('Begins with what was kept of so long before: 30s, 5m.'),
  live: z.enum(['true', 'false']).default('true').describe('Goes on with what comes.'),
  payloads: z.enum(['shown', 'masked']).default('shown').describe('What messages say.'),
});

export const OPERATIONS = {
  overview: {
    method: 'get',
    path: '/api/overview',
    summary: 'The gateway, its broker, its journal, its links.',
    answer: overview,
    problems: [],
  },
  devices: {
    method: 'get',
    path: '/api/devices',
    summary: 'All devices, in brief; those that have no session come first.',
    query: devicesQuery,
    answer: devices,
    problems: [],
  },
  device: {
    method: 'get',
    path: '/api/devices/{client}',
    summary: 'All that is known of a device.',
    answer: device,
    problems: ['unknown-device'],
  },
  buffer: {
    method: 'get',
    path: '/api/devices/{client}/buffer',
    summary: 'What waits for a device.',
    answer: buffer,
    problems: ['unknown-device'],
  },
  clearBuffer: {
    method: 'delete',
    path: '/api/devices/{client}/buffer',
    summary: 'Drops all that waits for a device.',
    answer: null,
    problems: ['unknown-device', 'not-ready', 'not-kept'],
  },
  removeMessage: {
    method: 'delete',
    path: '/api/devices/{client}/buffer/{id}',
    summary: 'Drops one message that waits for a device.',
    answer: null,
    problems: ['unknown-device', 'unknown-message', 'message-delivered', 'not-ready', 'not-kept'],
  },
  deviceFrames: {
    method: 'get',
    path: '/api/devices/{client}/frames',
    summary: 'The latest frames from and to where a device is, field by field.',
    query: framesQuery,
    answer: frames,
    problems: ['unknown-device'],
  },
  disconnect: {
    method: 'post',
    path: '/api/devices/{client}/disconnect',
    summary: 'Ends the connection of a device, without its will. It may connect again.',
    answer: null,
    problems: ['unknown-device', 'not-ready', 'not-kept'],
  },
  forget: {
    method: 'post',
    path: '/api/devices/{client}/forget',
    summary:
      'Ends the connection of a device, drops all that is known of it and waits for it, and takes an approval back. What it has sent goes on to the broker.',
    answer: null,
    problems: ['unknown-device', 'not-ready', 'not-kept'],
  },
  approve: {
    method: 'post',
    path: '/api/devices/{client}/approve',
    summary:
      'Lets a device in that no rule matches (`access.unknown_devices: deny`), also after a restart.',
    answer: null,
    problems: ['too-many-approvals', 'not-ready', 'not-kept'],
  },
  linkFrames: {
    method: 'get',
    path: '/api/links/{link}/frames',
    summary: 'The latest frames of a link, field by field.',
    query: framesQuery,
    answer: frames,
    problems: ['unknown-link'],
  },
  topics: {
    method: 'get',
    path: '/api/topics',
    summary: 'The predefined topics.',
    answer: topics,
    problems: [],
  },
  topicIds: {
    method: 'get',
    path: '/api/topics/ids',
    summary: 'Topic ids that devices have registered, and predefined ones that they have used.',
    query: topicIdsQuery,
    answer: topicIds,
    problems: [],
  },
  exportTopics: {
    method: 'get',
    path: '/api/topics/export',
    summary: 'The predefined topics, for the firmware of devices.',
    query: exportQuery,
    answer: { contentTypes: ['text/x-c', 'application/json'] },
    problems: [],
  },
  log: {
    method: 'get',
    path: '/api/log',
    summary: 'The latest lines of the log.',
    query: logQuery,
    answer: log,
    problems: [],
  },
  configuration: {
    method: 'get',
    path: '/api/config',
    summary: 'The configuration as it was loaded.',
    answer: configuration,
    problems: [],
  },
  events: {
    method: 'get',
    path: '/api/events',
    summary: 'Changes as they happen.',
    answer: { contentTypes: ['text/event-stream'] },
    problems: ['too-many-readers'],
  },
  capture: {
    method: 'get',
    path: '/api/capture',
    summary: 'Frames as a pcapng file, live or of the latest minutes.',
    query: captureQuery,
    answer: { contentTypes: ['application/x-pcapng'] },
    problems: ['too-many-readers'],
  },
  loginState: {
    method: 'get',
    path: '/api/login',
    summary: 'Whether one has to log in.',
    answer: loginState,
    problems: [],
    isOpen: true,
  },
  login: {
    method: 'post',
    path: '/api/login',
    summary: 'Takes the token, and gives a cookie in place of it.',
    body: login,
    answer: null,
    problems: ['wrong-token', 'too-many-requests'],
    isOpen: true,
  },
  logout: {
    method: 'post',
    path: '/api/logout',
    summary: 'Ends what the cookie stands for.',
    answer: null,
    problems: [],
    isOpen: true,
  },
  description: {
    method: 'get',
    path: '/api/openapi.json',
    summary: 'This description.',
    answer: z.record(z.string(), z.unknown()),
    problems: [],
  },
} as const satisfies Record<string, Operation>;

export type OperationId = keyof typeof OPERATIONS;
