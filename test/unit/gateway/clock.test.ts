import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Clock, type Machine } from '../../../src/gateway/clock.js';
import { MemoryStore } from '../../../src/store/memory-store.js';
import type { JournalValue } from '../../../src/core/types.js';

/** A machine whose clocks the test sets. */
class VirtualMachine implements Machine {
  bootId: string | undefined = 'boot-1';
  monotonic = 0;
  wall = Date.UTC(2027, 5, 1);
  isSet = true;
  uptime = 100_000;

  monotonicMs(): number {
    return this.monotonic;
  }

  wallMs(): number {
    return this.wall;
  }

  isWallSet(): boolean {
    return this.isSet;
  }

  uptimeMs(): number {
    return this.uptime;
  }

  pass(ms: number): void {
    this.monotonic += ms;
    this.wall += ms;
    this.uptime += ms;
  }

  /** Another process: its own monotonic time begins anew. */
  restart(offMs: number): void {
    this.pass(offMs);
    this.monotonic = 5;
  }

  reboot(offMs: number): void {
    this.restart(offMs);
    this.bootId = 'boot-2';
    this.uptime = 10;
  }
}

/** A journal of which only this record matters. */
class OneRecord extends MemoryStore {
  constructor(public record?: JournalValue) {
    super();
  }

  override take(): readonly { key: string; value: JournalValue }[] {
    return this.record === undefined ? [] : [{ key: 'gc', value: this.record }];
  }

  override put(_key = '', value: JournalValue = null): void {
    this.record = value;
  }
}

function run(machine: Machine, journal: OneRecord): Clock {
  const clock = new Clock(journal, machine);
  clock.start();
  return clock;
}

describe('the clock of the core', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('goes on by the time that has passed when the process is restarted', () => {
    const machine = new VirtualMachine();
    const journal = new OneRecord();
    const before = run(machine, journal);
    machine.pass(1000);
    const then = before.now();
    machine.restart(5000);
    expect(run(machine, journal).now()).toBe(then + 5000);
  });

  it('goes on by the wall clock after a reboot', () => {
    const machine = new VirtualMachine();
    const journal = new OneRecord();
    const then = run(machine, journal).now();
    machine.reboot(3_600_000);
    expect(run(machine, journal).now()).toBe(then + 3_600_000);
  });

  it('a wall clock that was set between two runs of one boot changes nothing', () => {
    const machine = new VirtualMachine();
    const journal = new OneRecord();
    const then = run(machine, journal).now();
    machine.wall += 10 * 365 * 86_400_000;
    machine.restart(1000);
    expect(run(machine, journal).now()).toBe(then + 1000);
  });

  it('a wall clock that was corrected during a run does not count as time after a reboot', () => {
    const machine = new VirtualMachine();
    const journal = new OneRecord();
    const clock = run(machine, journal);
    machine.wall += 86_400_000;
    machine.pass(60_000);
    vi.advanceTimersByTime(60_000);
    const then = clock.now();
    machine.reboot(2000);
    expect(run(machine, journal).now()).toBe(then + 2000);
  });

  it('never goes back, also when the wall clock has after a reboot', () => {
    const machine = new VirtualMachine();
    const journal = new OneRecord();
    const clock = run(machine, journal);
    machine.pass(50_000);
    clock.stop();
    const then = clock.now();
    machine.reboot(1000);
    machine.wall -= 86_400_000;
    expect(run(machine, journal).now()).toBe(then);
  });

  it.each([
    ['had never been set', (machine: VirtualMachine) => void (machine.wall = 86_400_000)],
    ['was known not to be set', (machine: VirtualMachine) => void (machine.isSet = false)],
  ])('a wall clock that %s says nothing of the time off', (_why, distrust) => {
    const machine = new VirtualMachine();
    distrust(machine);
    const journal = new OneRecord();
    const then = run(machine, journal).now();
    machine.wall = Date.UTC(2027, 9, 1);
    machine.reboot(1000);
    expect(run(machine, journal).now()).toBe(then);
  });

  it('no more than a day off is believed after a reboot', () => {
    const machine = new VirtualMachine();
    const journal = new OneRecord();
    const then = run(machine, journal).now();
    machine.reboot(30 * 86_400_000);
    expect(run(machine, journal).now()).toBe(then + 86_400_000);
  });

  it('begins anew when there is no record, or a senseless one', () => {
    const machine = new VirtualMachine();
    expect(run(machine, new OneRecord()).now()).toBe(0);
    expect(run(machine, new OneRecord([1, 'x'])).now()).toBe(0);
  });
});
