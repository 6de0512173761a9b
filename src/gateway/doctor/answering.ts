import { spawn } from 'node:child_process';

/** A disk that is there says so from memory; a server in the network takes a round trip. */
export const ANSWER_TIMEOUT_MS = 5000;

/** Its file system's room has to be asked for each time. */
const LOOK = 'require("node:fs").statfsSync(process.argv[1])';

/**
 * Whether the disk of a path, which need not exist, answers at all: one in the network whose server is gone never does. Another
 * process asks, because whoever waits for such a disk cannot even end himself.
 */
export async function doesAnswer(path: string): Promise<boolean> {
  const asking = spawn(process.execPath, ['-e', LOOK, path], { stdio: 'ignore' });
  const answer = await new Promise<'any' | 'none'>((resolve) => {
    const timer = setTimeout(() => resolve('none'), ANSWER_TIMEOUT_MS);
    const any = (): void => {
      clearTimeout(timer);
      resolve('any');
    };
    asking.once('exit', any).once('error', any);
  });
  // It may stay until the disk answers; nobody waits for it.
  asking.kill('SIGKILL');
  asking.unref();
  return answer === 'any';
}
