/** Device rules lie over the default settings: the same keys, each of which may be absent. */
import { z } from 'zod';
import { section } from './kinds.js';

export type Overlay<S extends z.ZodRawShape> = {
  [K in keyof S]: S[K] extends z.ZodPrefault<infer Kind extends z.ZodType>
    ? z.ZodOptional<
        Kind extends z.ZodObject<infer Keys extends z.ZodRawShape>
          ? z.ZodObject<Overlay<Keys>, z.core.$strict>
          : Kind
      >
    : S[K];
};

/** The keys of `shape` without their defaults, which become the examples. */
export function overlay<S extends z.ZodRawShape>(shape: S): Overlay<S> {
  return Object.fromEntries(
    Object.entries(shape).map(([key, kind]) => [key, withoutDefault(kind)]),
  ) as Overlay<S>;
}

function withoutDefault(kind: z.core.$ZodType): z.core.$ZodType {
  if (!(kind instanceof z.ZodPrefault)) return kind;
  const inner = kind.unwrap() as z.ZodType;
  if (inner instanceof z.ZodObject) {
    return section(inner.description ?? '', overlay(inner.shape)).optional();
  }
  return inner.meta({ examples: [kind.def.defaultValue] }).optional();
}
