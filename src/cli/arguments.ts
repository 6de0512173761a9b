/** Reads option values of the client tools; what does not fit is explained by commander. */
import { InvalidArgumentError } from 'commander';
import type { Qos } from '../codec/index.js';

/** A whole number in `[min, max]`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It is a whole number from ${min} to ${max}.`);
  };
}

/** A number of seconds above 0, fractions allowed. */
export function positiveSeconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= SECONDS_MAX) return value;
  throw new InvalidArgumentError('It is a number of seconds above 0.');
}

/** What a timer of Node can wait: 2^31 milliseconds. */
const SECONDS_MAX = 2_147_483;

/** Adds each use of an option to a list. */
export function collect<T>(read: (text: string) => T): (text: string, previous?: T[]) => T[] {
  return (text, previous = []) => [...previous, read(text)];
}

export const port = wholeNumber(1, 0xffff);
/** 0x0000 and 0xFFFF are reserved (SN 1.2, 5.3.11). */
export const topicId = wholeNumber(1, 0xfffe);
/** Durations travel in two octets (SN 1.2, 5.3.3). */
export const duration = wholeNumber(0, 0xffff);

export function publishQos(text: string): Qos {
  if (text === '-1' || text === '0' || text === '1' || text === '2') return Number(text) as Qos;
  throw new InvalidArgumentError('It is -1, 0, 1 or 2.');
}

export function sessionQos(text: string): 0 | 1 | 2 {
  if (text === '0' || text === '1' || text === '2') return Number(text) as 0 | 1 | 2;
  throw new InvalidArgumentError('It is 0, 1 or 2.');
}
