import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const PROGRAM = `
const { parentPort } = require('node:worker_threads');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
parentPort.on('message', () => {
  parentPort.postMessage(delay.max / 1e6);
  delay.reset();
});
`;

/** A thread that does nothing: what holds it up is the machine, not the program that is measured. */
export class IdleThread {
  readonly #worker = new Worker(PROGRAM, { eval: true });

  /** The longest stall since the last call. */
  async longestStallMs(): Promise<number> {
    this.#worker.postMessage('');
    const [ms] = (await once(this.#worker, 'message')) as [number];
    return ms;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
