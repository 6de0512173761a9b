import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerSimulate, type Simulator } from '../../../src/cli/simulate.js';
import { runCommand, TestTerminal } from './test-terminal.js';

type RunOptions = Parameters<Simulator['run']>[0];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulate-'));
  writeFileSync(join(folder, 'scene.yaml'), 'devices: []\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the command with a simulator that does this. */
async function simulate(args: string[], run: Simulator['run'], terminal = new TestTerminal()) {
  let seen: RunOptions | undefined;
  const simulator: Simulator = {
    run(options) {
      seen = options;
      return run(options);
    },
  };
  const register: typeof registerSimulate = (program) =>
    registerSimulate(program, terminal, () => Promise.resolve(simulator));
  await runCommand(register, ['simulate', ...args], terminal);
  return { terminal, seen };
}

const nothing = (): Promise<string[]> => Promise.resolve([]);

describe('simulate', () => {
  it('gives the simulator the scene and the options, and prints what it says', async () => {
    const file = join(folder, 'scene.yaml');
    const { terminal, seen } = await simulate(
      [file, '--seed', '7', '--minutes', '1.5', '--speed', '2', '--json'],
      ({ print }) => {
        print('hello');
        return nothing();
      },
    );
    expect(seen).toMatchObject({ text: 'devices: []\n', file, seed: 7, minutes: 1.5, speed: 2 });
    expect(seen?.json).toBe(true);
    expect([terminal.output, terminal.exitCode]).toEqual(['hello\n', 0]);
  });

  it('finds the scenes that come with the gateway by their names', async () => {
    const { seen } = await simulate(['lora-field'], nothing);
    expect(seen).toMatchObject({ seed: undefined, minutes: undefined, speed: 1, json: false });
    expect(seen?.text).toContain('twenty sleeping sensors');
  });

  it('ends when it is interrupted', async () => {
    const terminal = new TestTerminal();
    const ends = new Promise<void>((resolve) => {
      void simulate(
        ['lora-field'],
        ({ signal, print }) =>
          new Promise((done) => {
            signal.addEventListener('abort', () => done([]));
            print('runs');
          }),
        terminal,
      ).then(() => resolve());
    });
    await terminal.printed('runs');
    terminal.interrupt();
    await ends;
    expect(terminal.exitCode).toBe(0);
  });

  it('says what is wrong with the scene', async () => {
    const { terminal } = await simulate(['lora-field'], () => Promise.resolve(['a:1:1: x', 'b']));
    expect([terminal.errors, terminal.exitCode]).toEqual(['a:1:1: x\nb\n', 78]);
  });

  it('says why it could not run', async () => {
    const { terminal } = await simulate(['lora-field'], () =>
      Promise.reject(new Error('no socat')),
    );
    expect([terminal.errors, terminal.exitCode]).toEqual(['no socat\n', 1]);
    const missing = await simulate([join(folder, 'other.yaml')], nothing);
    expect(missing.terminal.errors).toContain('no such file');
    const unknown = await simulate(['nowhere'], nothing);
    expect(unknown.terminal.errors).toMatch(/no scene "nowhere"; scenes are .*lora-field/);
  });

  it.each([
    ['--speed', '0'],
    ['--speed', 'fast'],
    ['--minutes', '-1'],
    ['--seed', 'x'],
  ])('refuses %s %s', async (...option) => {
    const { terminal, seen } = await simulate(['lora-field', ...option], nothing);
    expect(seen).toBeUndefined();
    expect(terminal.exitCode).toBe(1);
  });
});
