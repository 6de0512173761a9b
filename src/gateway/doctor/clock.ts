import { isPlausible, type Machine } from '../clock.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** Whether the wall clock can be relied on: deadlines over a reboot, certificates and logs depend on it. */
export function examineClock(machine: Machine): Finding {
  const now = new Date(machine.wallMs()).toISOString();
  if (!isPlausible(machine.wallMs())) {
    return problem(
      `clock: ${now}, which is before this gateway was made`,
      'set it, or let a time server do so: sudo timedatectl set-ntp true',
    );
  }
  if (machine.isWallSet()) return ok(`clock: ${now}`);
  return warning(
    `clock: ${now}, not set by a time server since the machine has started`,
    'see `timedatectl timesync-status`; without a network a clock module (RTC) keeps the time',
  );
}
