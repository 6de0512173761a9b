/** Binds the operations to what does them: what is asked for is checked first, by the schemas that describe it. */
import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { Refusal, refuse } from '../problem.js';
import { nameOfSegment } from '../../spelling/segment.js';
import { OPERATIONS, type Operation, type OperationId } from './operations.js';

/** Octets of a body; ours have a token. */
const BODY_BYTES_MAX = 16 * 1024;

type Operations = typeof OPERATIONS;

type Names<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Names<Rest>
  : never;

type Output<Kind> = Kind extends z.ZodType ? z.output<Kind> : undefined;

/** Requests as Node hands them over. */
export interface OnNode {
  Bindings: HttpBindings;
}

/** What one operation is asked. */
export interface Asked<Id extends OperationId> {
  path: Readonly<Record<Names<Operations[Id]['path']>, string>>;
  query: Output<Operations[Id] extends { query: infer Query } ? Query : undefined>;
  body: Output<Operations[Id] extends { body: infer Body } ? Body : undefined>;
  context: Context<OnNode>;
}

type Given<Answer> = Answer extends null
  ? undefined
  : Answer extends z.ZodType
    ? z.output<Answer>
    : Response;

/** A response is taken as it is: of an answer that is long, and written piece by piece. */
export type Answer<Id extends OperationId> = Given<Operations[Id]['answer']> | Response | Refusal;

export type Handlers = {
  readonly [Id in OperationId]: (asked: Asked<Id>) => Answer<Id> | Promise<Answer<Id>>;
};

export function addOperations(app: Hono<OnNode>, handlers: Handlers): void {
  for (const [id, operation] of Object.entries<Operation>(OPERATIONS)) {
    // Each is of its own type, which a loop cannot know.
    const handle = handlers[id as OperationId] as (asked: object) => unknown;
    app.on(operation.method.toUpperCase(), honoPath(operation.path), async (c) => {
      const asked = await read(c, operation);
      if (asked instanceof Refusal) return refuse(c, asked);
      const answer = await handle(asked);
      if (answer instanceof Refusal) return refuse(c, answer);
      if (answer instanceof Response) return answer;
      return answer === undefined ? c.body(null, 204) : c.json(answer);
    });
  }
  for (const [path, methods] of methodsByPath()) {
    app.all(honoPath(path), (c) => refuse(c, wrongMethod(methods)));
  }
}

/** `/api/devices/{client}` as the router writes it. */
const honoPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');

function methodsByPath(): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of Object.values<Operation>(OPERATIONS)) {
    const own = method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()];
    methods.set(path, [...(methods.get(path) ?? []), ...own]);
  }
  return methods;
}

function wrongMethod(methods: readonly string[]): Refusal {
  const allowed = methods.join(', ');
  return new Refusal('method-not-allowed', `only ${allowed}`, { Allow: allowed });
}

async function read(
  c: Context<OnNode>,
  { method, query, body }: Operation,
): Promise<object | Refusal> {
  if (!isEncoded(c.env.incoming.url ?? '')) return BAD_ENCODING;
  const asked = query && parseQuery(c, query);
  if (asked instanceof Refusal) return asked;
  const said = method === 'post' ? await bodyOf(c, body) : undefined;
  if (said instanceof Refusal) return said;
  return { path: namesOf(c.req.param()), query: asked, body: said, context: c };
}

const namesOf = (segments: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(segments).map(([part, segment]) => [part, nameOfSegment(segment)]),
  );

const BAD_ENCODING = new Refusal(
  'bad-request',
  'in the address % begins an octet of UTF-8, as in %2F; a % itself is %25',
);

/** Else what is wrong would be taken as it stands, for another device than was meant. */
function isEncoded(address: string): boolean {
  try {
    // The bundler takes away a call whose result nobody uses, though it may throw. An address is never empty.
    return decodeURIComponent(address) !== '';
  } catch {
    return false;
  }
}

/** Parameters that may be repeated are lists; of the others two are wrong. */
function parseQuery(c: Context, query: z.ZodObject): unknown {
  // As entries: a parameter may have the name __proto__.
  const given: [name: string, value: string | string[]][] = [];
  const kinds = new Map<string, z.ZodType>(Object.entries(query.shape));
  for (const [name, values] of Object.entries(c.req.queries())) {
    const kind = kinds.get(name);
    const isList = kind !== undefined && takesLists(kind);
    if (kind !== undefined && !isList && values.length > 1) {
      return new Refusal('bad-request', `${name}: it is there twice`);
    }
    given.push([name, isList ? values : (values[0] ?? '')]);
  }
  return parse(query, Object.fromEntries(given));
}

const takesLists = (kind: z.ZodType): boolean =>
  kind instanceof z.ZodOptional
    ? takesLists(kind.unwrap() as z.ZodType)
    : kind instanceof z.ZodArray;

/** A page of another site can send a form, but no JSON without being asked first (CORS). */
async function bodyOf(c: Context, kind: z.ZodType | undefined): Promise<unknown> {
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    return new Refusal('not-json', 'this needs the header Content-Type: application/json');
  }
  const text = await textOf(c);
  if (text instanceof Refusal) return text;
  const value = text === '' && kind === undefined ? {} : parseJson(text);
  if (value === undefined) return new Refusal('bad-request', 'the body is no JSON');
  return parse(kind ?? z.strictObject({}), value);
}

async function textOf(c: Context): Promise<string | Refusal> {
  const tooLarge = new Refusal('too-large', `a body has ${BODY_BYTES_MAX} octets at most`);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> | null = c.req.raw.body;
  try {
    for await (const part of body ?? []) {
      bytes += part.length;
      if (bytes > BODY_BYTES_MAX) return tooLarge;
      parts.push(part);
    }
  } catch {
    // Who has sent it has left; hardly anybody hears this.
    return new Refusal('bad-request', 'the body did not come whole');
  }
  return Buffer.concat(parts).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function parse(kind: z.ZodType, value: unknown): unknown {
  const { data, error } = kind.safeParse(value, { reportInput: true });
  if (error === undefined) return data;
  return new Refusal('bad-request', error.issues.map((issue) => issueText(kind, issue)).join('; '));
}

function issueText(kind: z.ZodType, issue: z.core.$ZodIssue): string {
  // Of a list, which of them it is says nothing: the message does.
  const name = String(issue.path[0] ?? '');
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = kind instanceof z.ZodObject ? Object.keys(kind.shape) : [];
      const there = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`;
      return `no parameter "${issue.keys[0]}": ${there}`;
    }
    case 'invalid_value':
      return `${name}: it is one of ${issue.values.join(', ')}`;
    case 'invalid_type':
      return `${name === '' ? 'the body' : name}: ${issue.message}`;
    default:
      return `${name}: ${issue.message}`;
  }
}
