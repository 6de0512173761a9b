import { describe, expect, it } from 'vitest';
import { registerSearch } from '../../../src/cli/search.js';
import { ScriptedGateway } from '../client/scripted-gateway.js';
import { runCommand, TestTerminal } from './test-terminal.js';

describe('search', () => {
  it('prints each gateway that answers', async () => {
    const gateway = await ScriptedGateway.start();
    const terminal = new TestTerminal();
    const args = ['search', '-h', '127.0.0.1', '-p', `${gateway.port}`, '-w', '60'];
    const done = runCommand(registerSearch, args, terminal);
    await terminal.printed('gateway 7');
    terminal.interrupt();
    expect((await done).exitCode).toBe(0);
    expect(terminal.output).toBe(`gateway 7 at 127.0.0.1:${gateway.port}\n`);
    await gateway.stop();
  });

  it('fails when none answers', async () => {
    const gateway = await ScriptedGateway.start({ SEARCHGW: () => [] });
    const args = ['search', '-h', '127.0.0.1', '-p', `${gateway.port}`, '-w', '0.05'];
    const { exitCode, errors } = await runCommand(registerSearch, args);
    expect(exitCode).toBe(1);
    expect(errors).toBe(
      `no gateway answered at 127.0.0.1:${gateway.port}; ask one directly with -h HOST -p PORT\n`,
    );
    await gateway.stop();
  });
});
