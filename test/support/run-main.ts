/** The built command line, run to its end. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MAIN } from './daemon.js';

/** Far more than any command of a test prints. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Its standard output; rejects when it fails. */
export async function runMain(args: readonly string[]): Promise<string> {
  const options = { maxBuffer: OUTPUT_BYTES_MAX };
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args], options);
  return stdout;
}
