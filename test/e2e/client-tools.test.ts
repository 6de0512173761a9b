/** The client tools as processes of their own: pipes, signals, exit codes. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { Message } from '../../src/codec/index.js';
import { PATIENCE_MS, until } from '../support/wait.js';
import { ScriptedGateway } from '../unit/client/scripted-gateway.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Tool {
  process: ChildProcessWithoutNullStreams;
  output: string;
  errors: string;
  exit: Promise<number | null>;
}

function start(...args: string[]): Tool {
  const child = spawn(process.execPath, ['dist/main.js', ...args]);
  cleanups.push(() => child.kill('SIGKILL'));
  const tool: Tool = {
    process: child,
    output: '',
    errors: '',
    exit: once(child, 'close').then(([code]) => code as number | null),
  };
  child.stdout.on('data', (chunk: Buffer) => {
    tool.output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    tool.errors += chunk.toString();
  });
  return tool;
}

async function gatewayWith(script?: Parameters<typeof ScriptedGateway.start>[0]) {
  const gateway = await ScriptedGateway.start(script);
  cleanups.push(() => gateway.stop());
  return { gateway, port: `${gateway.port}` };
}

const message = (text: string): Message => ({
  type: 'PUBLISH',
  dup: false,
  qos: 0,
  retain: false,
  topicIdType: 0,
  topicId: 5,
  msgId: 0,
  data: Buffer.from(text),
});

describe('the client tools', () => {
  it('pub -l publishes what is piped into it and ends with the pipe', async () => {
    const { gateway, port } = await gatewayWith();
    const pub = start('pub', '-p', port, '-t', 'a/b', '-q', '1', '-l');
    pub.process.stdin.end('one\ntwo\nthree');
    expect(await pub.exit).toBe(0);
    const texts = gateway.of('PUBLISH').map(({ data }) => Buffer.from(data).toString());
    expect(texts).toEqual(['one', 'two', 'three']);
    expect(pub.output + pub.errors).toBe('');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('sub says good-bye on %s', async (signal) => {
    const { gateway, port } = await gatewayWith();
    const sub = start('sub', '-p', port, '-t', 'a/b');
    await until(() => gateway.of('SUBSCRIBE')[0], PATIENCE_MS, 'SUBSCRIBE');
    gateway.send(message('hello'));
    await until(() => sub.output, PATIENCE_MS, 'the message');
    sub.process.kill(signal);
    expect(await sub.exit).toBe(0);
    expect({ output: sub.output, errors: sub.errors }).toEqual({ output: 'hello\n', errors: '' });
    expect(gateway.log.at(-1)).toBe('DISCONNECT');
  });

  it('sub ends without complaint when its reader is gone', async () => {
    const { gateway, port } = await gatewayWith();
    const sub = start('sub', '-p', port, '-t', 'a/b');
    await until(() => gateway.of('SUBSCRIBE')[0], PATIENCE_MS, 'SUBSCRIBE');
    sub.process.stdout.destroy();
    const sending = setInterval(() => gateway.send(message('hello')), 10);
    cleanups.push(() => clearInterval(sending));
    expect(await sub.exit).toBe(0);
    expect(sub.errors).toBe('');
  });

  it('search finds a gateway', async () => {
    const { port } = await gatewayWith();
    const search = start('search', '-h', '127.0.0.1', '-p', port, '-w', '1');
    expect(await search.exit).toBe(0);
    expect(search.output).toBe(`gateway 7 at 127.0.0.1:${port}\n`);
  });

  it('end with the right code and an explanation, never with a stack trace', async () => {
    const cases: [args: string[], code: number, hint: string][] = [
      [['pub', '-t', 'a/b', '-m', 'x', '-q', '-1'], 64, 'use a predefined topic id'],
      [['pub', '-t', 'a/b', '-m', 'x', '-q', '5'], 64, 'It is -1, 0, 1 or 2.'],
      [['sub', '-t', 'a/b', '-h', 'no-such-host.invalid'], 1, 'cannot find the host'],
      [['decode', 'nonsense'], 64, 'is no file, and no hex'],
    ];
    const runs = cases.map(async ([args, code, hint]) => {
      const tool = start(...args);
      expect(await tool.exit, args.join(' ')).toBe(code);
      expect(tool.errors).toContain(hint);
      expect(tool.errors).not.toMatch(/\n\s+at /);
    });
    await Promise.all(runs);
  });
});
