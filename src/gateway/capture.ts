import type { Config } from '../config/schema.js';
import { Capture } from '../observe/capture/capture.js';

/** Who keeps frames for captures; none without an HTTP server, through which they are asked for. */
export function createCapture({ http, links }: Config, wallMs: () => number): Capture {
  const interfaces = links.map((link) => ({
    name: link.name,
    description: link.type === 'serial' ? `modem ${link.modem}` : link.type,
  }));
  const { age, bytes } = http?.capture ?? { age: 0, bytes: 0 };
  return new Capture(interfaces, { ageMs: age, bytes }, wallMs);
}
