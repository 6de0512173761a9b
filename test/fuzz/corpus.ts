/** Inputs on disk: one file each, named by its content. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = 'test/fuzz';
const NAME_CHARACTERS = 12;

/** `corpus`: inputs that go through different code. `findings`: what once broke a promise. */
export type Shelf = 'corpus' | 'findings';

export interface Kept {
  name: string;
  input: Uint8Array;
}

export const folderOf = (shelf: Shelf, target: string): string => join(FOLDER, shelf, target);

export function load(shelf: Shelf, target: string): Kept[] {
  const folder = folderOf(shelf, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, input: Uint8Array.from(readFileSync(join(folder, name))) }));
}

/** Returns the path of the file. */
export function keep(shelf: Shelf, target: string, input: Uint8Array): string {
  const folder = folderOf(shelf, target);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, nameOf(input));
  writeFileSync(path, input);
  return path;
}

/** The whole shelf of a target is these inputs from now on. */
export function replace(shelf: Shelf, target: string, inputs: readonly Uint8Array[]): void {
  rmSync(folderOf(shelf, target), { recursive: true, force: true });
  for (const input of inputs) keep(shelf, target, input);
}

const nameOf = (input: Uint8Array): string =>
  createHash('sha256').update(input).digest('hex').slice(0, NAME_CHARACTERS);
