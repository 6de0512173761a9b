import { expect, it } from 'vitest';
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
