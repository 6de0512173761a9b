/** Where the messages of `pub` come from. Payloads are octets: nothing is decoded on the way. */
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { ClientError } from '../client/errors.js';
import { MESSAGE_BYTES_MAX } from '../codec/index.js';

export interface PayloadOptions {
  message?: string;
  file?: string;
  stdinLine?: true;
  stdinFile?: true;
  nullMessage?: true;
}

/** How many of the sources are named; exactly one has to be. */
export function sourceCount(options: PayloadOptions): number {
  const { message, file, stdinLine, stdinFile, nullMessage } = options;
  return [message, file, stdinLine, stdinFile, nullMessage].filter((one) => one !== undefined)
    .length;
}

/** Throws ClientError when a file cannot be read or the input is too long for any message. */
export async function* payloads(
  options: PayloadOptions,
  input: Readable,
): AsyncGenerator<Uint8Array> {
  if (options.stdinLine) yield* lines(input);
  else if (options.stdinFile) yield await whole(input);
  else if (options.file !== undefined) yield await contents(options.file);
  else yield Buffer.from(options.message ?? '');
}

async function contents(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new ClientError(`cannot read the message from ${file}: ${(error as Error).message}`);
  }
}

async function whole(input: Readable): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    chunks.push(Buffer.from(chunk as Buffer));
    size += (chunk as Buffer).length;
    checkSize(size);
  }
  return Buffer.concat(chunks);
}

/** Each line without its newline; the last one may lack it. */
async function* lines(input: Readable): AsyncGenerator<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of input) {
    rest = Buffer.concat([rest, Buffer.from(chunk as Buffer)]);
    let start = 0;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', start)) {
      yield rest.subarray(start, end);
      start = end + 1;
    }
    rest = rest.subarray(start);
    checkSize(rest.length);
  }
  if (rest.length > 0) yield rest;
}

/** Keeps endless input from filling the memory; the exact limit is checked when the message is built. */
function checkSize(size: number): void {
  if (size > MESSAGE_BYTES_MAX) {
    throw new ClientError(`a message on standard input is longer than ${MESSAGE_BYTES_MAX} octets`);
  }
}
