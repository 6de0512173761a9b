/** What can happen in a world that dies and comes back, beside what can happen in any world. */
import fc from 'fast-check';
import { type Command, command, perform } from './commands.js';
import type { DurableWorld } from './durable-world.js';

const is = <T extends string>(act: T) => fc.constant(act);

const commands = {
  crash: fc.record({ act: is('crash') }),
  commit: fc.record({ act: is('commit'), count: fc.constantFrom(1, 1, 2, 100) }),
  store: fc.record({ act: is('store'), isWorking: fc.constantFrom(true, true, false) }),
  outage: fc.record({ act: is('outage'), isOver: fc.boolean() }),
  audit: fc.record({ act: is('audit') }),
};

type Own = {
  [K in keyof typeof commands]: (typeof commands)[K] extends fc.Arbitrary<infer T> ? T : never;
}[keyof typeof commands];

export type CrashCommand = Command | Own;

export const crashCommand: fc.Arbitrary<CrashCommand> = fc.oneof(
  { weight: 30, arbitrary: command },
  { weight: 3, arbitrary: commands.crash },
  { weight: 9, arbitrary: commands.commit },
  { weight: 1, arbitrary: commands.store },
  { weight: 3, arbitrary: commands.outage },
  { weight: 1, arbitrary: commands.audit },
);

export function performCrash(world: DurableWorld, command: CrashCommand): void {
  switch (command.act) {
    case 'crash':
      return world.crash();
    case 'commit':
      return world.commit(command.count);
    case 'store':
      return world.setStore(command.isWorking);
    case 'outage':
      return world.setBroker(command.isOver);
    case 'audit':
      return world.audit();
    default:
      perform(world, command);
  }
}
