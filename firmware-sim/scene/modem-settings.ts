/** What a scene may set of each dialect, in its words. */
import { z } from 'zod';
import { type Dialect, DIALECTS } from '../modems/index.js';
import { oneOf, whole } from './values.js';

const EBYTE = {
  family: oneOf(['e22', 'e220', 'e32']),
  channel: whole(0, 255),
  rssi_octet: z.boolean(),
  sub_packet_bytes: whole(32, 240),
};

const SETTINGS: Readonly<Record<Dialect, z.ZodRawShape>> = {
  raw: { header_bytes: whole(0, 16), idle_gap_ms: whole(1, 10_000) },
  slip: {},
  cobs: {},
  hdlc: {},
  xbee: {
    firmware: oneOf(['zigbee', '802.15.4', '802.15.4-s1']),
    api_mode: whole(0, 2),
    output_mode: whole(0, 2),
    role: oneOf(['coordinator', 'router']),
  },
  'ebyte-transparent': EBYTE,
  'ebyte-fixed': EBYTE,
  rn2483: { model: oneOf(['RN2483', 'RN2903']), version: z.string() },
  rui3: { events: oneOf(['one-line', 'two-lines']), network_mode: whole(0, 1), echo: z.boolean() },
  rylr: { model: oneOf(['RYLR896', 'RYLR998']) },
  aquila: { payload_bytes_max: whole(1, 255) },
  loralink: { payload_bytes_max: whole(1, 255) },
};

/** A modem of a scene: one kind of object for each dialect, as their settings differ. */
export function modemSchema<Shape extends z.ZodRawShape>(shape: Shape) {
  const kinds = DIALECTS.map((dialect) =>
    z.strictObject({
      ...shape,
      dialect: z.literal(dialect),
      settings: z.strictObject(SETTINGS[dialect]).partial().transform(camelCase).prefault({}),
    }),
  );
  const [first, ...rest] = kinds;
  if (first === undefined) throw new Error('there are no dialects');
  return z.discriminatedUnion('dialect', [first, ...rest], {
    error: `must be one of ${DIALECTS.join(', ')}`,
  });
}

/** `api_mode` as `apiMode`, which is what the modem calls it. */
const camelCase = (settings: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
