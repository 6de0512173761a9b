/** The OpenAPI description, made of the operations and the schemas that answer and question are of. */
import { z } from 'zod';
import { OPERATIONS, type Operation } from './operations.js';
import { EVENTS } from './schema/events.js';
import { NAMES } from './schema/kinds.js';
import { PROBLEM_STATUS, type ProblemCode, problem } from './schema/problem.js';

type Json = Record<string, unknown>;

const COMPONENTS = '#/components/schemas/';

/** Every operation may have these. */
const COMMON: readonly ProblemCode[] = ['bad-request', 'wrong-host', 'cross-site', 'internal'];
const OF_TOKEN: readonly ProblemCode[] = ['token-required', 'wrong-token'];
const OF_CHANGES: readonly ProblemCode[] = ['not-json', 'too-large'];

/** OpenAPI 3.1.1. `cookie`: the name of what logging in gives. */
export function openApi(version: string, cookie: string): Json {
  const paths: Record<string, Json> = {};
  for (const [id, operation] of Object.entries<Operation>(OPERATIONS)) {
    (paths[operation.path] ??= {})[operation.method] = described(id, operation);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'mqttsn-gateway',
      version,
      description:
        'What the gateway knows, and what an operator may ask of it. Moments (…AtMs, sinceMs) are milliseconds since 1970, durations seconds, sizes octets; what is not known is null.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths,
    components: {
      schemas: components(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The token of http.token_file.' },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: cookie,
          description: 'What POST /api/login gives to browsers.',
        },
      },
    },
    security: [{ bearer: [] }, { cookie: [] }, {}],
  };
}

const SEGMENT =
  'Percent-encoded. A name of one or two dots, which URL parsers take away, has %2F before it, and so has one that looks so already.';

function described(id: string, operation: Operation): Json {
  const { method, path, summary, query, body, answer, isOpen } = operation;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: name === 'id' ? 'integer' : 'string' },
    ...(name === 'id' ? {} : { description: SEGMENT }),
  }));
  const parameters = [...inPath, ...(query === undefined ? [] : queryParameters(query))];
  return {
    operationId: id,
    summary,
    ...(id === 'events' ? { description: eventsText() } : {}),
    ...(isOpen === true ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: { required: true, content: { 'application/json': { schema: ref(body) } } },
        }),
    responses: {
      ...answered(answer),
      ...refused([
        ...COMMON,
        ...(isOpen === true ? [] : OF_TOKEN),
        ...(method === 'post' ? OF_CHANGES : []),
        ...operation.problems,
      ]),
    },
  };
}

function queryParameters(query: z.ZodObject): Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: 'input' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = property as Json;
    return { name, in: 'query', description, required: required.includes(name), schema };
  });
}

function answered(answer: Operation['answer']): Json {
  if (answer === null) return { 204: { description: 'Done.' } };
  if (answer instanceof z.ZodType) {
    return { 200: { description: 'OK', content: { 'application/json': { schema: ref(answer) } } } };
  }
  const content = Object.fromEntries(
    answer.contentTypes.map((type) => [type, { schema: { type: 'string' } }]),
  );
  return { 200: { description: 'OK', content } };
}

/** By status: several codes may share one. */
function refused(codes: readonly ProblemCode[]): Json {
  const answers: Record<number, { description: string; content: Json }> = {};
  for (const code of codes) {
    const known = answers[PROBLEM_STATUS[code]];
    answers[PROBLEM_STATUS[code]] = {
      description: known === undefined ? code : `${known.description}, ${code}`,
      content: { 'application/json': { schema: ref(problem) } },
    };
  }
  return answers;
}

const eventsText = (): string =>
  Object.entries(EVENTS)
    .map(([name, { schema, summary }]) => `\`${name}\` (${NAMES.get(schema)?.id}): ${summary}`)
    .join('\n\n');

function ref(schema: z.ZodType): Json {
  const name = NAMES.get(schema)?.id;
  return name === undefined ? { type: 'object' } : { $ref: `${COMPONENTS}${name}` };
}

function components(): Json {
  const { schemas } = z.toJSONSchema(NAMES, { uri: (id) => `${COMPONENTS}${id}` });
  return Object.fromEntries(
    Object.entries(schemas)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { $schema: _dialect, $id: _own, ...schema }]) => [name, schema]),
  );
}
