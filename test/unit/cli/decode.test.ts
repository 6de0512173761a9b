import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerDecode } from '../../../src/cli/decode.js';
import type { Frame } from '../../../src/observe/capture/frame.js';
import { Packets } from '../../../src/observe/capture/packet.js';
import { FrameBlocks, fileHead } from '../../../src/observe/capture/pcapng.js';
import { ipv4, pcapFile, pcapngFile } from './capture/capture-files.js';
import { runCommand } from './test-terminal.js';

const decode = (...args: string[]) => runCommand(registerDecode, ['decode', ...args]);

describe('decode of hex', () => {
  it('explains every octet', async () => {
    const { output, exitCode } = await decode('0b0c200005000a32312e35');
    expect(exitCode).toBe(0);
    expect(output.split('\n').map((line) => line.replace(/ +/g, ' '))).toEqual([
      'PUBLISH, 11 octets',
      ' 0 0b length 11, short form',
      ' 1 0c type PUBLISH',
      ' 2 20 flags QoS 1, not a repeat, no retain, normal topic',
      ' 3-4 00 05 topic id 5',
      ' 5-6 00 0a message id 10',
      ' 7-10 32 31 2e 35 payload "21.5" (4 octets)',
      '',
    ]);
  });

  it.each([['02', '16'], ['0x02', '0x16'], ['02 16'], ['02:16'], ['0x0216'], ['0x02, 0x16']])(
    'takes %s %s as one frame',
    async (...args) => {
      expect((await decode(...args.filter(Boolean))).output).toMatch(/^PINGREQ, 2 octets\n/);
    },
  );

  it('takes several frames', async () => {
    const { output } = await decode('--json', '0216', '0217');
    expect(output).toBe(
      '{"hex":"0216","message":{"type":"PINGREQ"}}\n{"hex":"0217","message":{"type":"PINGRESP"}}\n',
    );
  });

  it('takes a frame that is longer than any file name', async () => {
    const { exitCode } = await decode(`0103e80c0000050000${'00'.repeat(991)}`);
    expect(exitCode).toBe(0);
  });

  it('says what is wrong and fails', async () => {
    const { output, exitCode } = await decode('0b0c2000');
    expect(exitCode).toBe(1);
    expect(output).toContain('wrong: the length says 11, 4 came (at octet 4) [truncated]');
  });

  it.each(['xyz', '0a0', 'missing.pcap'])('%s is wrong usage', async (input) => {
    const { exitCode, errors } = await decode(input);
    expect(exitCode).toBe(64);
    expect(errors).toContain(`"${input}" is no file, and no hex`);
  });
});

describe('decode of captures', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mqttsn-decode-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  function file(name: string, content: Uint8Array): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }

  const packets = [ipv4(Buffer.of(2, 0x16)), ipv4(Buffer.of(3, 0x16))];

  it('prints a line for each message', async () => {
    for (const content of [pcapFile(101, packets), pcapngFile(101, packets)]) {
      const { output, exitCode } = await decode(file('capture', content));
      const head = '2026-11-20 13:34:46.123456  10.0.0.1:5000 → 10.0.0.2:1883  ';
      expect(output).toBe(
        `${head}PINGREQ\n${head}PINGREQ MALFORMED: the length says 3, 2 came (at octet 2)\n`,
      );
      expect(exitCode).toBe(0);
    }
  });

  it('prints JSON on request', async () => {
    const { output } = await decode('--json', file('capture', pcapFile(101, packets)));
    expect(
      output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { from: '10.0.0.1:5000', to: '10.0.0.2:1883', hex: '0216', message: { type: 'PINGREQ' } },
      { hex: '0316', error: 'truncated', octet: 2 },
    ]);
  });

  it('prints what the gateway said of a frame that it captured, without what would steer a terminal', async () => {
    const blocks = new FrameBlocks(new Packets());
    const frame: Frame = {
      wallMs: 0,
      link: 'field',
      direction: 'in',
      address: '7',
      data: Buffer.of(2, 0x16),
      verdict: 'accep\u001b[2J\nted',
      signal: { rssiDbm: -97 },
    };
    blocks.add(frame, 0);
    const head = fileHead('test', [{ name: 'field', description: 'modem slip' }]);
    const content = Buffer.concat([head, blocks.take()]);
    const path = file('remarks', content);
    const comment = 'field in from 7: accep [2J ted; rssi -97 dBm';
    expect((await decode(path)).output).toBe(
      `1970-01-01 00:00:00.000000  [fd4d:5153:4e00::7]:1883 → [fd4d:5153:4e00::]:1883  PINGREQ  # ${comment}\n`,
    );
    expect(JSON.parse((await decode('--json', path)).output)).toMatchObject({ comment });
  });

  it('a file wins over hex of the same spelling', async () => {
    const here = process.cwd();
    const path = file('0216', pcapFile(101, packets));
    expect((await decode(path)).output).toContain('→');
    expect(process.cwd()).toBe(here);
  });

  it('says where a file is damaged, after what could be read', async () => {
    const whole = pcapFile(101, packets);
    const { output, errors, exitCode } = await decode(file('cut', whole.subarray(0, -1)));
    expect(output.split('\n')).toHaveLength(2);
    expect(errors).toMatch(/cut is damaged at offset 70: a packet of 30 octets, but 29 are left/);
    expect(exitCode).toBe(1);
  });

  it('says what it skipped and that nothing was found', async () => {
    const { errors, exitCode } = await decode(file('odd', pcapFile(147, packets)));
    expect(errors).toMatch(/2 packets of link type 147 skipped/);
    expect(errors).toMatch(/no MQTT-SN message among 2 packets; name its port with --port/);
    expect(exitCode).toBe(0);
  });

  it('says that a file is no capture', async () => {
    const { errors, exitCode } = await decode(file('text', Buffer.from('hello')));
    expect(errors).toMatch(/text is neither a pcap nor a pcapng file/);
    expect(exitCode).toBe(1);
  });
});
