import type { Daemon } from './daemon.js';
import { readMetrics } from './prometheus.js';

/** Address of a path of the gateway's HTTP server, which its `ready` line names. */
export function urlOf(daemon: Daemon, path: string): string {
  const [, origin] = /page (http:\/\/[^/\s]+)\//.exec(daemon.output) ?? [];
  if (origin === undefined) throw new Error(`no HTTP server in: ${daemon.output}`);
  return origin + path;
}

/** All samples of the gateway's metrics, as Prometheus gets them. */
export async function scrape(daemon: Daemon): Promise<Map<string, number>> {
  const answer = await fetch(urlOf(daemon, '/metrics'));
  if (!answer.ok) throw new Error(`/metrics answers ${answer.status}`);
  const families = readMetrics(await answer.text());
  return new Map([...families.values()].flatMap(({ samples }) => [...samples]));
}
