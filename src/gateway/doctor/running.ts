/** Whether the gateway runs already: then its ports are its own, and a second one at them would spoil its frames. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/schema.js';
import { fromWithin, type ListenAddress, listenAddressText } from '../../config/values.js';
import type { Holder } from '../../links/port/holders.js';

/** Locks of all processes, whoever's they are (man 5 proc); elsewhere than on Linux there is none to be seen. */
const LOCKS = '/proc/locks';

const HEALTH_TIMEOUT_MS = 1000;

export interface RunningGateway {
  /** For people: `node (process 17)`. */
  text: string;
  /** undefined: it answers, and nobody knows more. */
  pid: number | undefined;
}

/** By the lock on its store, which every user can see; a store in memory has none, but there may be an HTTP server. */
export async function runningGateway({ store, http }: Config): Promise<RunningGateway | undefined> {
  const holder = store.path === 'memory' ? undefined : await holderOf(join(store.path, 'LOCK'));
  if (holder !== undefined) {
    return { text: `${holder.program} (process ${holder.pid})`, pid: holder.pid };
  }
  if (http === undefined || !(await isHealthy(http.listen))) return undefined;
  return { text: `the gateway at ${listenAddressText(http.listen)}`, pid: undefined };
}

async function holderOf(lock: string): Promise<Holder | undefined> {
  try {
    const { ino } = await stat(lock, { bigint: true });
    const locks = await readFile(LOCKS, 'utf8');
    const [, pid] = new RegExp(`WRITE +(\\d+) +[0-9a-f]+:[0-9a-f]+:${ino} `).exec(locks) ?? [];
    if (pid === undefined) return undefined;
    const program = await readFile(`/proc/${pid}/comm`, 'utf8');
    return { pid: Number(pid), program: program.trim() };
  } catch {
    return undefined;
  }
}

async function isHealthy(listen: ListenAddress): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
    const url = `http://${listenAddressText(fromWithin(listen))}/healthz`;
    const answer = await fetch(url, { signal });
    return answer.ok && (await answer.text()) === 'ok\n';
  } catch {
    return false;
  }
}
