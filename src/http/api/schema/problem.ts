import { z } from 'zod';
import { named, text } from './kinds.js';

/** Why a request was not done: stable codes, each with its HTTP status. */
export const PROBLEM_STATUS = {
  'bad-request': 400,
  'token-required': 401,
  'wrong-token': 401,
  'wrong-host': 403,
  'cross-site': 403,
  'not-found': 404,
  'unknown-device': 404,
  'unknown-link': 404,
  'unknown-message': 404,
  'method-not-allowed': 405,
  'message-delivered': 409,
  'too-many-approvals': 409,
  'too-large': 413,
  'not-json': 415,
  'too-many-requests': 429,
  internal: 500,
  'not-kept': 503,
  'not-ready': 503,
  'too-many-readers': 503,
} as const;

export type ProblemCode = keyof typeof PROBLEM_STATUS;

const codes = Object.keys(PROBLEM_STATUS) as [ProblemCode, ...ProblemCode[]];

export const problem = named(
  'Problem',
  z
    .strictObject({
      error: z.strictObject({
        code: z.enum(codes).describe('Stable.'),
        message: text('For people: what is wrong, and what to do.'),
      }),
    })
    .describe('Why a request was not done.'),
);

export type Problem = z.output<typeof problem>;
