import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { registerCheck } from '../../../src/cli/check.js';
import { registerConfig } from '../../../src/cli/config.js';
import { EXIT } from '../../../src/cli/exit-codes.js';
import { defaultFile } from '../../../src/config/default-file.js';

const directory = mkdtempSync(join(tmpdir(), 'mqttsn-cli-'));
const file = join(directory, 'gw.yaml');

afterEach(() => {
  process.exitCode = undefined;
  rmSync(file, { force: true });
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs a command line and gives what it printed. */
async function run(...argv: string[]): Promise<{ out: string; err: string; exitCode: unknown }> {
  let out = '';
  let err = '';
  const program = new Command().configureOutput({
    writeOut: (text) => (out += text),
    writeErr: (text) => (err += text),
  });
  registerCheck(program);
  registerConfig(program);
  await program.parseAsync(argv, { from: 'user' });
  return { out, err, exitCode: process.exitCode ?? EXIT.ok };
}

describe('check', () => {
  it('says ok with the links and the broker', async () => {
    writeFileSync(file, "mqtt: { server: ['mqtt://a', 'wss://b/m?token=t'] }\n");
    expect(await run('check', '-c', file)).toEqual({
      out: 'ok: link lan (udp 0.0.0.0:1883); broker mqtt://a, wss://b/m?*** (aggregating)\n',
      err: '',
      exitCode: EXIT.ok,
    });
  });

  it('says what is behind a serial port, and what should be looked at', async () => {
    writeFileSync(
      file,
      `links:
  - name: field
    type: serial
    port: tcp://192.0.2.7:3333
    modem: rn2483
    addressing: fe
    radio: { frequency: 868.1MHz, spreading_factor: 9, power: 20 }
`,
    );
    const { out, err, exitCode } = await run('check', '-c', file);
    expect(out).toContain('ok: link field (rn2483 fe 868.1 MHz SF9 tcp://192.0.2.7:3333); broker');
    expect(err).toMatch(/^warning: .*:7:12: links\[0\]\.radio: 20 dBm .*\n$/);
    expect(exitCode).toBe(EXIT.ok);
  });

  it('checks the defaults without a file', async () => {
    const { out } = await run('check');
    expect(out).toContain('broker embedded on 127.0.0.1:1883');
  });

  it('prints every mistake with its line and ends with 78', async () => {
    writeFileSync(file, 'gateway:\n  idd: 1\nlog: { level: loud }\n');
    const { out, err, exitCode } = await run('check', '-c', file);
    expect(out).toBe('');
    expect(err.split('\n')).toEqual([
      `${file}:2:3: gateway.idd: unknown key (did you mean "id"?)`,
      expect.stringContaining(`${file}:3:15: log.level: must be one of error, warn`),
      '',
    ]);
    expect(exitCode).toBe(EXIT.config);
  });
});

describe('config init', () => {
  it('prints the default file', async () => {
    expect((await run('config', 'init')).out).toBe(defaultFile());
  });

  it('writes it to a file that check accepts', async () => {
    expect((await run('config', 'init', '-o', file)).out).toBe(`${file} written\n`);
    expect(readFileSync(file, 'utf8')).toBe(defaultFile());
    expect((await run('check', '-c', file)).exitCode).toBe(EXIT.ok);
  });

  it('overwrites only when forced', async () => {
    writeFileSync(file, 'mine');
    const { err, exitCode } = await run('config', 'init', '-o', file);
    expect(err).toBe(`${file}: is there already; --force overwrites it\n`);
    expect(exitCode).toBe(EXIT.failed);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    await run('config', 'init', '-o', file, '--force');
    expect(readFileSync(file, 'utf8')).toBe(defaultFile());
  });

  it('says why a file cannot be written', async () => {
    const nowhere = join(directory, 'nowhere', 'gw.yaml');
    const { err, exitCode } = await run('config', 'init', '-o', nowhere);
    expect(err).toBe(`${nowhere}: cannot be written: there is no such directory\n`);
    expect(exitCode).toBe(EXIT.failed);
    expect(existsSync(nowhere)).toBe(false);
  });
});

describe('config schema', () => {
  it('prints JSON Schema', async () => {
    const schema: unknown = JSON.parse((await run('config', 'schema')).out);
    expect(schema).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      properties: { gateway: {}, links: {} },
    });
  });
});
