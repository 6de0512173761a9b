/**
 * The process, under the names that Prometheus and Node have for it: CPU, memory, files, and how busy the event loop
 * is. Nothing is watched in between, so that being asked is all that it costs.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { type Family, one, type Sample } from './family.js';

/** All that is asked of the system in one scrape. */
interface ProcessFacts {
  cpu: NodeJS.CpuUsage;
  memory: NodeJS.MemoryUsage;
  loop: { active: number; idle: number };
  openFiles: number | undefined;
}

export const processFacts = (): ProcessFacts => ({
  cpu: process.cpuUsage(),
  memory: process.memoryUsage(),
  loop: performance.eventLoopUtilization(),
  openFiles: openFiles(),
});

const START_TIME_SEC = Date.now() / 1000 - process.uptime();
const FILES_MAX = filesMax();

export const PROCESS_METRICS: readonly Family<ProcessFacts>[] = [
  counter(
    'process_cpu_user_seconds_total',
    'User CPU time spent in seconds.',
    ({ cpu }) => cpu.user / 1e6,
  ),
  counter(
    'process_cpu_system_seconds_total',
    'System CPU time spent in seconds.',
    ({ cpu }) => cpu.system / 1e6,
  ),
  counter(
    'process_cpu_seconds_total',
    'User and system CPU time spent in seconds.',
    ({ cpu }) => (cpu.user + cpu.system) / 1e6,
  ),
  gauge(
    'process_start_time_seconds',
    'Start time of the process since unix epoch in seconds.',
    () => START_TIME_SEC,
  ),
  gauge(
    'process_resident_memory_bytes',
    'Resident memory size in bytes.',
    ({ memory }) => memory.rss,
  ),
  gauge('process_open_fds', 'Open file descriptors.', ({ openFiles: files }) => files),
  gauge('process_max_fds', 'Most file descriptors that may be open.', () => FILES_MAX),
  gauge(
    'nodejs_heap_size_total_bytes',
    'Process heap size from Node.js in bytes.',
    ({ memory }) => memory.heapTotal,
  ),
  gauge(
    'nodejs_heap_size_used_bytes',
    'Process heap size used from Node.js in bytes.',
    ({ memory }) => memory.heapUsed,
  ),
  gauge(
    'nodejs_external_memory_bytes',
    'Node.js external memory size in bytes.',
    ({ memory }) => memory.external,
  ),
  counter(
    'nodejs_eventloop_active_seconds_total',
    'Time that the event loop worked: as a share of the whole, how busy the gateway is.',
    ({ loop }) => loop.active / 1000,
  ),
  counter(
    'nodejs_eventloop_idle_seconds_total',
    'Time that the event loop waited.',
    ({ loop }) => loop.idle / 1000,
  ),
  {
    type: 'gauge',
    name: 'nodejs_version_info',
    help: 'Always 1; the label tells the version of Node.js.',
    labels: ['version'],
    read: () => [[1, process.version]],
  },
];

/** undefined: this system does not tell. */
type Read = (facts: ProcessFacts) => number | undefined;

function samples(read: Read): (facts: ProcessFacts) => readonly Sample[] {
  return (facts) => {
    const value = read(facts);
    return value === undefined ? [] : one(value);
  };
}

function counter(name: `${string}_total`, help: string, read: Read): Family<ProcessFacts> {
  return { type: 'counter', name, help, labels: [], read: samples(read) };
}

function gauge(name: string, help: string, read: Read): Family<ProcessFacts> {
  return { type: 'gauge', name, help, labels: [], read: samples(read) };
}

function openFiles(): number | undefined {
  try {
    // One of them is the folder that is being read.
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return undefined;
  }
}

function filesMax(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const [, max] = /^Max open files +(\d+)/m.exec(limits) ?? [];
    return max === undefined ? undefined : Number(max);
  } catch {
    return undefined;
  }
}
