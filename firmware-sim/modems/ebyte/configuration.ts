import { concat, equal } from '../octets.js';
import type { EbyteRegisters } from './registers.js';

/** Commands of the configuration mode (modems.md 4.4). One burst is one command; anything else is an error. */
const WRITE = 0xc0;
const READ = 0xc1;
const WRITE_UNTIL_RESET = 0xc2;
const ERROR = Uint8Array.of(0xff, 0xff, 0xff);

/** E32: three equal octets. */
const E32_READ = Uint8Array.of(READ, READ, READ);
const E32_VERSION = Uint8Array.of(0xc3, 0xc3, 0xc3);
const E32_RESET = Uint8Array.of(0xc4, 0xc4, 0xc4);
const E32_VERSION_ANSWER = Uint8Array.of(0xc3, 0x32, 0x27, 0x02);

export type ConfigurationAnswer = Uint8Array | 'reset';

/** E22 and E220: command, first register, number of registers, values. */
export function configure(command: Uint8Array, registers: EbyteRegisters): ConfigurationAnswer {
  const [head, start = 0, length = 0] = command;
  const values = command.slice(3);
  if (command.length < 3 || length === 0 || start + length > registers.size) return ERROR;
  if (head === READ) {
    if (values.length > 0) return ERROR;
    return concat([READ, start, length], registers.read(start, length));
  }
  if ((head !== WRITE && head !== WRITE_UNTIL_RESET) || values.length !== length) return ERROR;
  registers.write(start, values, head === WRITE);
  return concat([READ, start, length], registers.read(start, length));
}

export function configureE32(command: Uint8Array, registers: EbyteRegisters): ConfigurationAnswer {
  if (equal(command, E32_READ)) return concat([WRITE], registers.read(0, registers.size));
  if (equal(command, E32_VERSION)) return E32_VERSION_ANSWER;
  if (equal(command, E32_RESET)) return 'reset';
  const [head = 0] = command;
  const values = command.slice(1);
  if ((head !== WRITE && head !== WRITE_UNTIL_RESET) || values.length !== registers.size)
    return ERROR;
  registers.write(0, values, head === WRITE);
  return concat([head], registers.read(0, registers.size));
}
