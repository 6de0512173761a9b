/** The programs of the benchmark of serial ports, and what is said between them: one report for each order. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export interface PortPlan {
  path: string;
  /** Name of a `SerialKind`. */
  kind: string;
}

export type FeederOrder =
  | { order: 'open'; ports: readonly PortPlan[] }
  /** As many octets as `speed` times the baud rate lets through, so often. */
  | { order: 'feed'; everyMs: number; speed: number }
  | { order: 'stop' };

/** `frames`: of each port, those that went out whole. */
export interface FeederReport {
  frames?: readonly number[];
}

export type ReaderOrder =
  | { order: 'open'; reader: 'gateway' | 'bare'; ports: readonly PortPlan[] }
  | { order: 'report' };

export interface ReaderReport {
  /** Of the whole program, all threads, since it started. */
  cpuUs: number;
  ports: readonly { chunks: number; octets: number; datagrams: number }[];
}

/** Start-up dialogues take less than a second. */
const REPORT_WITHIN_MS = 10_000;

/** A program that takes orders. */
export class Helper<Order extends { order: string }, Report> {
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;

  constructor(file: string) {
    this.child = fork(new URL(file, import.meta.url));
    this.ended = once(this.child, 'exit');
  }

  async ask(order: Order): Promise<Report> {
    const late = new AbortController();
    const abort = (): void => late.abort();
    const answered = once(this.child, 'message', { signal: late.signal });
    const timer = setTimeout(abort, REPORT_WITHIN_MS);
    this.child.once('exit', abort);
    this.child.send(order);
    try {
      const [report] = (await answered) as [Report];
      return report;
    } catch (error) {
      throw new Error(`no report on "${order.order}"`, { cause: error });
    } finally {
      clearTimeout(timer);
      this.child.off('exit', abort);
    }
  }

  async stop(): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    await this.ended;
  }
}
