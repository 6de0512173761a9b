/** Whether the gateway runs already: then its ports are its own, and a second one at them would spoil its frames. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/schema.js';
import { fromWithin, type ListenAddress, listenAddressText } from '../../config/values.js';
import type { Holder } from '../../links/port/holders.js';

/** Locks of all processes, whoever's they are (man 5 proc); elsewhere than on Linux there is none to be seen. */
const LOCKS = '/proc/locks';

/** A Pi that is busy takes a second or two; where nothing listens the system says so at once. */
const HEALTH_TIMEOUT_MS = 5000;

export interface RunningGateway {
  /** For people: `node (process 17)`. */
  text: string;
  /** undefined: it answers, and nobody knows more. */
  pid: number | undefined;
  /** It answers, and nobody uses our store: most probably it runs with another configuration. */
  mayBeOther: boolean;
}

/** By the lock on its store, which every user can see; a store in memory has none, but there may be an HTTP server. */
export async function runningGateway(
  { store, http }: Config,
  doesStoreAnswer: boolean,
): Promise<RunningGateway | undefined> {
  const hasLock = store.path !== 'memory' && doesStoreAnswer;
  const holder = hasLock ? await holderOf(join(store.path, 'LOCK')) : undefined;
  if (holder !== undefined && holder !== 'nobody') {
    const { program, pid } = holder;
    return { text: `${program} (process ${pid})`, pid, mayBeOther: false };
  }
  if (http === undefined || !(await isHealthy(http.listen))) return undefined;
  const text = `the gateway at ${listenAddressText(http.listen)}`;
  return { text, pid: undefined, mayBeOther: holder === 'nobody' };
}

/** undefined: nothing can be seen of it. */
async function holderOf(lock: string): Promise<Holder | 'nobody' | undefined> {
  try {
    const { ino } = await stat(lock, { bigint: true });
    const locks = await readFile(LOCKS, 'utf8');
    const [, pid] = new RegExp(`WRITE +(\\d+) +[0-9a-f]+:[0-9a-f]+:${ino} `).exec(locks) ?? [];
    if (pid === undefined) return 'nobody';
    // Some systems hide the processes of others (hidepid of /proc), but not their locks.
    const program = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a hidden program');
    return { pid: Number(pid), program: program.trim() };
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' && path === lock ? 'nobody' : undefined;
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
