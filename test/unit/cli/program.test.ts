import { afterEach, expect, it, vi } from 'vitest';
import { program } from '../../../src/cli/program.js';

const COMMANDS = [
  'run',
  'check',
  'doctor',
  'config',
  'topics',
  'pub',
  'sub',
  'search',
  'decode',
  'status',
  'devices',
  'device',
  'capture',
  'replay',
  'simulate',
  'airtime',
  'ports',
  'modem',
];

it('there are these commands', () => {
  const whole = program();
  expect(whole.commands.map((one) => one.name())).toEqual(COMMANDS);
  for (const name of COMMANDS)
    expect(whole.helpInformation()).toMatch(new RegExp(`^  ${name} `, 'm'));
});

it.each(COMMANDS)('%s explains itself', (name) => {
  const help = program()
    .commands.find((one) => one.name() === name)
    ?.helpInformation();
  expect(help).toContain(`Usage: mqttsn-gateway ${name}`);
});

afterEach(() => vi.restoreAllMocks());

/** A command line that is answered at once, to its end. */
async function run(...args: string[]): Promise<{ code: unknown; output: string; errors: string }> {
  const answer = { code: undefined as unknown, output: '', errors: '' };
  const end = new Error('the process ends');
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    answer.output += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    answer.errors += String(text);
    return true;
  });
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    // The first is the one: what follows would not be reached.
    answer.code ??= code;
    throw end;
  });
  try {
    await program().parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error !== end) throw error;
  } finally {
    vi.restoreAllMocks();
  }
  return answer;
}

it.each(['', 'run', 'modem probe'])('"%s --help" is answered, and no mistake', async (name) => {
  const { code, output, errors } = await run(...name.split(' ').filter(Boolean), '--help');
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  expect(output).toContain(`Usage: mqttsn-gateway ${name}`);
});

it.each([
  [['dance'], "unknown command 'dance'"],
  [['run', '--colour'], "unknown option '--colour'"],
  [['run', 'gateway.yaml'], 'too many arguments'],
  [['config', 'invent'], "unknown command 'invent'"],
  [['modem', 'probe'], "missing required argument 'port'"],
  [[], 'Usage: mqttsn-gateway'],
])('%j is wrong usage', async (args, hint) => {
  const { code, errors } = await run(...args);
  expect(code).toBe(64);
  expect(errors).toContain(hint);
});
