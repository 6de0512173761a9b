/**
 * Which cores a process may use. What is measured keeps to one, and what drives it to the others: otherwise they chase each
 * other from core to core, which costs more than many a difference. Where there is no `taskset` nothing happens.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const ALL = `0-${availableParallelism() - 1}`;
const FIRST = '0';
const OTHERS = availableParallelism() > 1 ? `1-${availableParallelism() - 1}` : '0';

/** The process, and all that it starts from now on, leaves the first core to what is measured. */
export const leaveFirstCore = (pid: number): void => allow(pid, OTHERS);

/** The process is what is measured. */
export const keepToFirstCore = (pid: number): void => allow(pid, FIRST);

export const useAllCores = (pid: number): void => allow(pid, ALL);

/** All its threads. */
function allow(pid: number, cores: string): void {
  spawnSync('taskset', ['-a', '-c', '-p', cores, `${pid}`], { stdio: 'ignore' });
}
