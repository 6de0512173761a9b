import { describe, expect, it } from 'vitest';
import { openApi } from '../../../../src/http/api/openapi.js';
import { OPERATIONS } from '../../../../src/http/api/operations.js';

type Json = Record<string, unknown>;

interface Described {
  operationId: string;
  summary: string;
  parameters?: { name: string; in: string }[];
  responses: Record<string, Json>;
}

const description = openApi('1.2.3', 'mqttsn-gateway-8080') as {
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, Json> };
};
const operations = Object.values(description.paths).flatMap((methods) => Object.values(methods));

/** Every `$ref` in it. */
function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' ? [String(inner)] : refsIn(inner),
  );
}

describe('the OpenAPI description', () => {
  it('has every operation, each under its own name', () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(names.toSorted()).toEqual(Object.keys(OPERATIONS).toSorted());
  });

  it('describes every part of a path, and no other', () => {
    for (const [path, methods] of Object.entries(description.paths)) {
      const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters = [] } of Object.values(methods)) {
        const described = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
        expect(described).toEqual(parts);
      }
    }
  });

  it('refers to nothing that is not there, and has nothing that nobody refers to but events', () => {
    const known = Object.keys(description.components.schemas);
    const wanted = [...new Set(refsIn(description))].map((ref) => ref.split('/').at(-1));
    expect(wanted.filter((name) => !known.includes(name ?? ''))).toEqual([]);
    expect(known.filter((name) => !wanted.includes(name))).toEqual(['DevicesEvent']);
  });

  it('says of every operation what it does, and how it can fail', () => {
    for (const { summary, responses } of operations) {
      expect(summary).toMatch(/\.$/);
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '403', '500']));
    }
  });

  it('explains every value of every schema', () => {
    const unexplained = Object.entries(description.components.schemas).flatMap(([name, schema]) =>
      Object.entries((schema['properties'] ?? {}) as Record<string, Json>)
        .filter(([, property]) => typeof property['description'] !== 'string')
        .filter(([, property]) => refsIn(property).length === 0 && !('enum' in property))
        .filter(([, property]) => property['type'] === 'string' || property['type'] === 'integer')
        .map(([key]) => `${name}.${key}`),
    );
    expect(unexplained).toEqual([]);
  });
});
