import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { registerCapture } from '../../../src/cli/capture.js';
import { fileHead } from '../../../src/observe/capture/pcapng.js';
import { Cleanup } from '../../support/cleanup.js';
import { runCommand, TestTerminal } from './test-terminal.js';

const HEAD = Buffer.from(fileHead('test', [{ name: 'lan', description: 'udp' }]));
const TYPE = { 'content-type': 'application/x-pcapng' };

/** Longer than the capture takes, and shorter than anybody's patience. */
const BUSY_MS = 2000;
const HOUR_MS = 3_600_000;

const cleanup = new Cleanup();
afterEach(cleanup.run);

/** From now on a test says how time goes on; sockets do not need it. */
function virtualTime(): TestTerminal {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  cleanup.add(vi, (one) => one.useRealTimers());
  return new TestTerminal();
}

const newFolder = (): string =>
  cleanup.add(mkdtempSync(join(tmpdir(), 'mqttsn-gateway-capture-')), (one) =>
    rmSync(one, { recursive: true }),
  );

/** A gateway that answers as a test wants. */
async function gateway(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  cleanup.add(server, async (one) => {
    one.closeAllConnections();
    await new Promise((resolve) => one.close(resolve));
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const capture = (args: string[], terminal?: TestTerminal) =>
  runCommand(registerCapture, ['capture', ...args], terminal);

describe('capture', () => {
  it('of the past writes what the gateway has kept, and is done', async () => {
    const paths: (string | undefined)[] = [];
    const url = await gateway((request, response) => {
      paths.push(request.url);
      response.writeHead(200, TYPE).end(HEAD);
    });
    const file = join(newFolder(), 'a.pcapng');
    const options = ['--link', 'lan', '--link', 'field', '--last', '5m', '--mask-payloads'];
    const { exitCode, errors } = await capture(['-o', file, '--url', url, ...options]);
    expect([exitCode, errors]).toEqual([0, `${file}: ${HEAD.length} octets\n`]);
    expect(readFileSync(file)).toEqual(HEAD);
    expect(paths).toEqual(['/api/capture?link=lan&link=field&live=false&last=5m&payloads=masked']);
  });

  it('live ends with Ctrl-C, behind a whole block', async () => {
    const url = await gateway((_request, response) => {
      response.writeHead(200, TYPE).write(Buffer.concat([HEAD, HEAD.subarray(0, 20)]));
    });
    const terminal = new TestTerminal();
    const done = capture(['-o', '-', '--url', url], terminal);
    await terminal.printed('test');
    terminal.interrupt();
    expect((await done).exitCode).toBe(0);
    expect(terminal.output).toBe(HEAD.toString());
  });

  it('to a pipe that is read slowly asks for no more until what came before is taken', async () => {
    const url = await gateway((_request, response) => {
      response.writeHead(200, TYPE);
      let left = 50;
      const next = (): void => {
        if (left-- === 0) response.end();
        else response.write(HEAD, () => setImmediate(next));
      };
      next();
    });
    const slow = new TestTerminal(undefined, async () => setTimeout(5));
    await capture(['-o', '-', '--url', url], slow);
    expect(slow.isOverrun).toBe(false);
    expect(slow.output).toBe(HEAD.toString().repeat(50));
  });

  it('to a pipe that is not read ends with Ctrl-C', async () => {
    const url = await gateway((_request, response) => {
      response.writeHead(200, TYPE).write(HEAD);
    });
    const stuck = new TestTerminal(undefined, async (signal) =>
      setTimeout(3_600_000, 0, { signal }),
    );
    const done = capture(['-o', '-', '--url', url], stuck);
    await stuck.printed('test');
    stuck.interrupt();
    expect((await done).exitCode).toBe(0);
  });

  it('live ends after the time that it was given, also behind what was kept', async () => {
    const paths: (string | undefined)[] = [];
    const url = await gateway((request, response) => {
      paths.push(request.url);
      response.writeHead(200, TYPE).write(HEAD);
    });
    const terminal = virtualTime();
    const done = capture(['-o', '-', '--url', url, '--last', '1m', '--for', '1h'], terminal);
    await terminal.printed('test');
    vi.advanceTimersByTime(HOUR_MS);
    expect((await done).exitCode).toBe(0);
    expect(paths).toEqual(['/api/capture?live=true&last=1m']);
  });

  it('that time begins when a busy gateway has answered', async () => {
    const url = await gateway((_request, response) => {
      vi.advanceTimersByTime(BUSY_MS);
      response.writeHead(200, TYPE).write(HEAD);
    });
    const terminal = virtualTime();
    const done = capture(['-o', '-', '--url', url, '--for', '1s'], terminal);
    await terminal.printed('test');
    vi.advanceTimersByTime(1000);
    expect((await done).exitCode).toBe(0);
    expect(terminal.output).toBe(HEAD.toString());
  });

  it('a gateway that never answers is given up, however long the capture was to be', async () => {
    const url = await gateway(() => vi.advanceTimersByTime(HOUR_MS));
    const { exitCode, errors } = await capture(
      ['-o', '-', '--url', url, '--for', '1s'],
      virtualTime(),
    );
    expect(exitCode).toBe(1);
    expect(errors).toContain('nothing for 30 s');
  });

  it.each([
    ['ends', (response: ServerResponse) => response.end(), 'the gateway has ended'],
    [
      'is killed',
      (response: ServerResponse) => response.destroy(),
      'the connection to the gateway was lost',
    ],
  ])('live says so when the gateway %s', async (_, end, problem) => {
    const url = await gateway((_request, response) => {
      response.writeHead(200, TYPE).write(HEAD, () => end(response));
    });
    const { exitCode, errors, output } = await capture(['-o', '-', '--url', url]);
    expect(exitCode).toBe(1);
    expect(errors).toContain(problem);
    expect(output).toBe(HEAD.toString());
  });

  it('finds the gateway and its token in the configuration', async () => {
    const tokens: (string | undefined)[] = [];
    const url = await gateway((request, response) => {
      tokens.push(request.headers.authorization);
      response.writeHead(200, TYPE).end(HEAD);
    });
    const folder = newFolder();
    const config = join(folder, 'gateway.yaml');
    writeFileSync(join(folder, 'token'), 'sesame\n');
    const port = new URL(url).port;
    writeFileSync(config, `http: { listen: 127.0.0.1:${port}, token_file: token }\n`);
    expect((await capture(['-o', '-', '-c', config, '--last', '1m'])).exitCode).toBe(0);
    const token = join(folder, 'token');
    await capture(['-o', '-', '--url', url, '--token-file', token, '--last', '1m']);
    expect(tokens).toEqual(['Bearer sesame', 'Bearer sesame']);
  });

  it.each([
    [401, 'wants a token', []],
    [401, 'another one than in http.token_file', ['--token-file', 'TOKEN']],
    [400, 'the gateway says no (400): no link "x": there are lan', []],
    [200, 'is no gateway', []],
  ])('what the gateway says with %i becomes: %s', async (status, problem, args) => {
    const folder = newFolder();
    const token = join(folder, 'token');
    writeFileSync(token, 'sesame');
    const url = await gateway((_request, response) => {
      response.writeHead(status).end('no link "x": there are lan\n');
    });
    const options = args.map((arg) => (arg === 'TOKEN' ? token : arg));
    const { exitCode, errors } = await capture(['-o', '-', '--url', url, ...options]);
    expect(exitCode).toBe(1);
    expect(errors).toContain(problem);
  });

  it.each([
    ['http:\n  listen: 127.0.0.1:0\n', 'name the one of the `ready` line with --url'],
    ['links: [{ name: lan, type: udp }]\n', 'add `http: { listen: 127.0.0.1:8080 }`'],
    ['htpp: {}\n', 'did you mean "http"?'],
  ])('a configuration without a way to the gateway, %j, is explained', async (text, problem) => {
    const config = join(newFolder(), 'gateway.yaml');
    writeFileSync(config, text);
    const { exitCode, errors } = await capture(['-o', '-', '-c', config]);
    expect(exitCode).toBe(1);
    expect(errors).toContain(problem);
  });

  it('explains where nobody listens, and where it cannot write', async () => {
    const nobody = await capture(['-o', '-', '--url', 'http://127.0.0.1:1']);
    expect([nobody.exitCode, nobody.errors]).toEqual([
      1,
      'no gateway answers at http://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1; does it run?\n',
    ]);
    const url = await gateway((_request, response) => {
      response.writeHead(200, TYPE).end(HEAD);
    });
    const nowhere = join(newFolder(), 'none', 'a.pcapng');
    const { exitCode, errors } = await capture(['-o', nowhere, '--url', url]);
    expect(exitCode).toBe(1);
    expect(errors).toContain(`cannot write ${nowhere}: ENOENT`);
  });

  it('leaves the gateway when it cannot write: live would go on for ever', async () => {
    let hasLeft = (): void => {};
    const left = new Promise<void>((resolve) => {
      hasLeft = resolve;
    });
    const url = await gateway((_request, response) => {
      response.once('close', hasLeft).writeHead(200, TYPE).write(HEAD);
    });
    const { exitCode } = await capture(['-o', newFolder(), '--url', url]);
    expect(exitCode).toBe(1);
    await left;
  });

  it.each([[['-o', '-', '--url', 'localhost:8080']], [['-o', '-', '--url', 'nonsense']]])(
    '%j names no server',
    async (args) => {
      const { exitCode, errors } = await capture(args);
      expect([exitCode, errors]).toEqual([
        1,
        `--url ${args[3]}: it is an address as http://127.0.0.1:8080\n`,
      ]);
    },
  );

  it.each([[['--last', '5']], [['--for', 'x']], [[]]])('%j is wrong usage', async (args) => {
    const all = args.length === 0 ? [] : ['-o', '-', ...args];
    expect((await capture(all)).exitCode).toBe(1);
  });
});
