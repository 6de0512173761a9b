import { readFileSync } from 'node:fs';

interface Vector {
  id: string;
  serialHex: string | null;
}

const file = new URL('../../../vectors/modems.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] };

/** The octets of a golden vector. */
export function vectorHex(id: string): string {
  const hex = vectors.find((vector) => vector.id === id)?.serialHex;
  if (!hex) throw new Error(`no octets in vector "${id}"`);
  return hex;
}

/** The same as text. */
export function vectorText(id: string): string {
  return Buffer.from(vectorHex(id), 'hex').toString('latin1');
}
