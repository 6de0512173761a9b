/** The gateway that runs, as commands reach it: over HTTP, where its configuration says. */
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { formatError } from '../config/errors.js';
import { loadConfig } from '../config/load.js';
import { fromWithin, listenAddressText } from '../config/values.js';

export interface PlaceOptions {
  /** The file that the gateway runs with. */
  config?: string;
  /** In place of the file: where the gateway is, and the file with its token. */
  url?: string;
  tokenFile?: string;
}

interface Place {
  url: URL;
  token: string | undefined;
}

/** A message for people: the gateway cannot be asked, or has said no. */
export class GatewayError extends Error {}

/** An answer longer than that is no explanation. */
const EXPLANATION_CHARS_MAX = 500;

const NO_SERVER =
  'the gateway can be asked only when its configuration has an HTTP server: add `http: { listen: 127.0.0.1:8080 }` and start it again, or name another one with --url';

/** All devices of the largest gateway fit; whatever answers with more is none. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/** The gateway answers at once; what does not, never will. */
const ANSWER_TIMEOUT_MS = 30_000;

/** Resolves with what the API answers; rejects with GatewayError. */
export async function askForJson(options: PlaceOptions, path: string): Promise<unknown> {
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const answer = await askGateway(options, path, 'application/json', signal);
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > ANSWER_BYTES_MAX) throw new Error('it does not end');
      parts.push(part);
    }
    return JSON.parse(Buffer.concat(parts).toString()) as unknown;
  } catch (error) {
    throw new GatewayError(`the answer of the gateway makes no sense: ${(error as Error).message}`);
  }
}

/** Resolves with the answer, whose body is to be read, and is of that type; rejects with GatewayError. */
export async function askGateway(
  options: PlaceOptions,
  path: string,
  contentType: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { url, token } = placeOf(options);
  const answer = await answerFrom(new URL(path, url), token, signal);
  if (answer.statusCode === 200) {
    if (answer.headers['content-type'] === contentType) return answer;
    answer.destroy();
    throw new GatewayError(`what answers at ${url.origin} is no gateway of this kind`);
  }
  throw new GatewayError(await refusal(answer, token !== undefined));
}

function placeOf({ config: file, url, tokenFile }: PlaceOptions): Place {
  if (url !== undefined) return { url: parseUrl(url), token: tokenFile && readToken(tokenFile) };
  const { config, errors } = loadConfig(file, process.env);
  if (errors !== undefined) throw new GatewayError(errors.map(formatError).join('\n'));
  if (config.http === undefined) throw new GatewayError(NO_SERVER);
  const { listen, token } = config.http;
  if (listen.port === 0) {
    throw new GatewayError(
      'http.listen chooses any free port; name the one of the `ready` line with --url',
    );
  }
  return { url: new URL(`http://${listenAddressText(fromWithin(listen))}`), token };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new GatewayError(`--url ${text}: it is an address as http://127.0.0.1:8080`);
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new GatewayError(`cannot read the token: ${(error as Error).message}`);
  }
}

async function answerFrom(
  url: URL,
  token: string | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, signal, agent: false });
    const timer = setTimeout(
      () => asked.destroy(new Error(`nothing for ${ANSWER_TIMEOUT_MS / 1000} s`)),
      ANSWER_TIMEOUT_MS,
    );
    asked
      .on('response', resolve)
      .on('error', ({ message }) =>
        reject(new GatewayError(`no gateway answers at ${url.origin}: ${message}; does it run?`)),
      )
      .on('response', () => clearTimeout(timer))
      .on('close', () => clearTimeout(timer))
      .end();
  });
}

async function refusal(answer: IncomingMessage, hasToken: boolean): Promise<string> {
  if (answer.statusCode === 401) {
    answer.resume();
    return hasToken
      ? 'the gateway does not know this token: it is another one than in http.token_file'
      : 'the gateway wants a token: name the file with --token-file, or its configuration with -c';
  }
  let text = '';
  for await (const part of answer.setEncoding('utf8')) {
    text += part as string;
    if (text.length > EXPLANATION_CHARS_MAX) break;
  }
  const explanation = messageIn(text) ?? text;
  return `the gateway says no (${answer.statusCode}): ${explanation.slice(0, EXPLANATION_CHARS_MAX).trim()}`;
}

/** What the API says is wrong; undefined: it is not the API that says it. */
function messageIn(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } };
    return typeof error?.message === 'string' ? error.message : undefined;
  } catch {
    return undefined;
  }
}
