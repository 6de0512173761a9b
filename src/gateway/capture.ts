import type { Config } from '../config/schema.js';
import { Capture } from '../observe/capture/capture.js';

/** Who keeps frames for captures; undefined without an HTTP server, through which they are asked for. */
export function createCapture({ http, links }: Config, wallMs: () => number): Capture | undefined {
  if (http === undefined) return undefined;
  const interfaces = links.map((link) => ({
    name: link.name,
    description: link.type === 'serial' ? `modem ${link.modem}` : link.type,
  }));
  const { age, bytes } = http.capture;
  return new Capture(interfaces, { ageMs: age, bytes }, wallMs);
}
