import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { registerPub } from '../../../src/cli/pub.js';
import { ScriptedGateway } from '../client/scripted-gateway.js';
import { runCommand, TestTerminal } from './test-terminal.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function gatewayWith(script?: Parameters<typeof ScriptedGateway.start>[0]) {
  const gateway = await ScriptedGateway.start(script);
  cleanups.push(() => gateway.stop());
  const pub = (args: string[], terminal?: TestTerminal) =>
    runCommand(registerPub, ['pub', '-p', `${gateway.port}`, '--retry', '0.05', ...args], terminal);
  const texts = () => gateway.of('PUBLISH').map(({ data }) => Buffer.from(data).toString());
  return { gateway, pub, texts };
}

describe('pub', () => {
  it('connects, registers, publishes and says good-bye', async () => {
    const { gateway, pub } = await gatewayWith();
    const { exitCode, output, errors } = await pub(['-t', 'a/b', '-m', 'hi', '-i', 'dev1', '-r']);
    expect({ exitCode, output, errors }).toEqual({ exitCode: 0, output: '', errors: '' });
    expect(gateway.received).toMatchObject([
      { type: 'CONNECT', clientId: 'dev1', cleanSession: true, duration: 60 },
      { type: 'REGISTER', topicName: 'a/b' },
      {
        type: 'PUBLISH',
        qos: 0,
        retain: true,
        topicId: 5,
        data: Uint8Array.from(Buffer.from('hi')),
      },
      { type: 'DISCONNECT' },
    ]);
  });

  it('says good-bye also when the message is refused', async () => {
    const { gateway, pub } = await gatewayWith({
      PUBLISH: ({ topicId, msgId }) => [{ type: 'PUBACK', topicId, msgId, returnCode: 3 }],
    });
    const { exitCode, errors } = await pub(['-t', 'a/b', '-m', 'hi', '-q', '1']);
    expect(exitCode).toBe(1);
    expect(errors).toContain('code 3');
    expect(gateway.received.at(-1)).toMatchObject({ type: 'DISCONNECT' });
  });

  it('-l sends lines in order, each after the acknowledgement of the one before', async () => {
    const { gateway, pub, texts } = await gatewayWith();
    const lines = Readable.from([Buffer.from('one\ntw'), Buffer.from('o\n\nthree')]);
    const { exitCode } = await pub(['-t', 'a/b', '-l', '-q', '2'], new TestTerminal(lines));
    expect(exitCode).toBe(0);
    expect(texts()).toEqual(['one', 'two', '', 'three']);
    const exchange = ['PUBLISH', 'PUBREL'];
    expect(gateway.log).toEqual([
      'CONNECT',
      'REGISTER',
      ...[...exchange, ...exchange, ...exchange, ...exchange],
      'DISCONNECT',
    ]);
  });

  it('-l pings while it waits for the next line', async () => {
    const { gateway, pub, texts } = await gatewayWith();
    const input = new PassThrough();
    const done = pub(['-t', 'ab', '-l', '-k', '1'], new TestTerminal(input));
    await gateway.came('PINGREQ');
    input.end('late\n');
    expect((await done).exitCode).toBe(0);
    expect(texts()).toEqual(['late']);
  });

  it('-s sends the whole input, -n an empty message, -f a file', async () => {
    const { pub, texts } = await gatewayWith();
    const folder = await mkdtemp(join(tmpdir(), 'mqttsn-pub-'));
    cleanups.push(() => rm(folder, { recursive: true }));
    writeFileSync(join(folder, 'message'), 'from a file');
    await pub(['-t', 'ab', '-s'], new TestTerminal(Readable.from([Buffer.from('a\nb\n')])));
    await pub(['-t', 'ab', '-n']);
    await pub(['-t', 'ab', '-f', join(folder, 'message')]);
    expect(texts()).toEqual(['a\nb\n', '', 'from a file']);
  });

  it('-q -1 publishes without a session', async () => {
    const { gateway, pub } = await gatewayWith();
    const { exitCode } = await pub(['-T', '12', '-m', 'x', '-q', '-1']);
    expect(exitCode).toBe(0);
    await gateway.came('PUBLISH');
    expect(gateway.received).toMatchObject([
      { type: 'PUBLISH', qos: -1, topicIdType: 1, topicId: 12 },
    ]);
  });

  it('-q -1 tells when nothing listens', async () => {
    const gone = await ScriptedGateway.start();
    const { port } = gone;
    await gone.stop();
    const { exitCode, errors } = await runCommand(registerPub, [
      ...['pub', '-p', `${port}`, '-T', '1', '-m', 'x', '-q', '-1'],
    ]);
    expect(exitCode).toBe(1);
    expect(errors).toContain('connection refused');
  });

  it('-c keeps the session, -k and -e set durations, the will has its options', async () => {
    const { gateway, pub } = await gatewayWith();
    const will = [
      '--will-topic',
      'gone',
      '--will-payload',
      'bye',
      '--will-qos',
      '1',
      '--will-retain',
    ];
    await pub(['-t', 'ab', '-m', 'x', '-c', '-i', 'dev1', '-k', '9', '-e', '300', ...will]);
    expect(gateway.received).toMatchObject([
      { type: 'CONNECT', cleanSession: false, duration: 9, will: true },
      { type: 'WILLTOPIC', willTopic: 'gone', qos: 1, retain: true },
      { type: 'WILLMSG', willMsg: Uint8Array.from(Buffer.from('bye')) },
      { type: 'PUBLISH' },
      { type: 'DISCONNECT', duration: 300 },
    ]);
  });

  it('-d explains every frame', async () => {
    const { pub } = await gatewayWith();
    const { errors } = await pub(['-t', 'a/b', '-m', '21.5', '-q', '1', '-d', '-i', 'dev1']);
    expect(errors.split('\n')).toEqual([
      '> CONNECT clean session, protocol id 1, keep-alive 60 s, client id "dev1"',
      '< CONNACK return code 0 (accepted)',
      '> REGISTER topic id 0, message id 1, topic name "a/b"',
      '< REGACK topic id 5, message id 1, return code 0 (accepted)',
      '> PUBLISH QoS 1, topic id 5, message id 2, payload "21.5" (4 octets)',
      '< PUBACK topic id 5, message id 2, return code 0 (accepted)',
      '> DISCONNECT',
      '< DISCONNECT',
      '',
    ]);
  });

  it('fails when a message at QoS 0 is refused afterwards', async () => {
    const { pub } = await gatewayWith({
      PUBLISH: ({ topicId }) => [{ type: 'PUBACK', topicId, msgId: 0, returnCode: 3 }],
    });
    const { exitCode, errors } = await pub(['-t', 'ab', '-m', 'x']);
    expect(exitCode).toBe(1);
    expect(errors).toContain('return code 3 (not supported)');
  });

  it('fails with an explanation when the gateway never acknowledges', async () => {
    const { pub } = await gatewayWith({ PUBLISH: () => [] });
    const { exitCode, errors } = await pub(['-t', 'ab', '-m', 'x', '-q', '1']);
    expect(exitCode).toBe(1);
    expect(errors).toMatch(/^no answer from 127\.0\.0\.1:\d+ to PUBLISH after 4 attempts/);
  });

  it('interrupted while waiting for a line says good-bye and ends well', async () => {
    const { gateway, pub } = await gatewayWith();
    const terminal = new TestTerminal(new PassThrough());
    const done = pub(['-t', 'ab', '-l'], terminal);
    (terminal.input as PassThrough).write('one\n');
    await gateway.came('PUBLISH');
    terminal.interrupt();
    expect((await done).exitCode).toBe(0);
    expect(gateway.log).toEqual(['CONNECT', 'PUBLISH', 'DISCONNECT']);
    expect(terminal.input.destroyed).toBe(true);
  });

  it('interrupted before the acknowledgement fails', async () => {
    const { gateway, pub } = await gatewayWith({ PUBLISH: () => [] });
    const terminal = new TestTerminal();
    const done = pub(['-t', 'ab', '-m', 'x', '-q', '1', '--retry', '60'], terminal);
    await gateway.came('PUBLISH');
    terminal.interrupt();
    expect((await done).exitCode).toBe(1);
    expect(terminal.errors).toContain('not acknowledged');
  });

  it.each([
    [['-m', 'x'], 'give the topic by one of -t or -T'],
    [['-t', 'ab', '-T', '1', '-m', 'x'], 'give the topic by one of -t or -T'],
    [['-t', 'ab'], 'give the message by one of -m, -f, -l, -n or -s'],
    [['-t', 'ab', '-m', 'x', '-n'], 'give the message by one of -m, -f, -l, -n or -s'],
    [['-t', 'a/#', '-m', 'x'], 'it is empty or has a wildcard'],
    [
      ['-t', 'a/b', '-m', 'x', '-q', '-1'],
      'use a predefined topic id (-T) or a topic of two octets',
    ],
    [['-t', 'ab', '-m', 'x', '-c'], 'add -i ID'],
    [['-t', 'ab', '-m', 'x', '--will-qos', '1'], 'a will needs --will-topic'],
  ])('%j is wrong usage', async (args, hint) => {
    const { exitCode, errors } = await runCommand(registerPub, ['pub', ...args]);
    expect(exitCode).toBe(64);
    expect(errors).toContain(hint);
  });

  it.each([
    [['-q', '3'], 'It is -1, 0, 1 or 2.'],
    [['-p', '70000'], 'It is a whole number from 1 to 65535.'],
    [['-T', '65535'], 'It is a whole number from 1 to 65534.'],
    [['-k', '1.5'], 'It is a whole number from 0 to 65535.'],
    [['--retry', '0'], 'It is a number of seconds above 0.'],
  ])('%j is explained', async (args, hint) => {
    const { errors } = await runCommand(registerPub, ['pub', '-t', 'ab', '-m', 'x', ...args]);
    expect(errors).toContain(hint);
  });
});
