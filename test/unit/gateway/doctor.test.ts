import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { examineClock } from '../../../src/gateway/doctor/clock.js';
import { examineDisk } from '../../../src/gateway/doctor/disk.js';
import { examinePortName } from '../../../src/gateway/doctor/port-name.js';
import type { SerialPortFacts } from '../../../src/links/port/serial-list.js';
import type { Machine } from '../../../src/gateway/clock.js';

const folder = mkdtempSync(join(tmpdir(), 'mqttsn-doctor-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HOLDER = { pid: 17, text: 'node (process 17)', mayBeOther: false };

/** A user without any rights. */
const NOBODY = 65_534;

const machine = (wallMs: number, isSet = true): Machine => ({
  wallMs: () => wallMs,
  isWallSet: () => isSet,
  monotonicMs: () => 0,
  uptimeMs: () => 0,
  bootId: undefined,
});

describe('the clock', () => {
  it.each([
    [Date.UTC(2026, 10, 28), true, 'ok'],
    [Date.UTC(2026, 10, 28), false, 'warning'],
    [Date.UTC(1970, 0, 1), true, 'problem'],
  ])('at %i, set: %j, is %s', (wallMs, isSet, verdict) => {
    const finding = examineClock(machine(wallMs, isSet));
    expect(finding.verdict).toBe(verdict);
    expect(finding.remedy === undefined).toBe(verdict === 'ok');
  });
});

describe('the store', () => {
  it('that is there, or can be made, is in order and stays as it is', async () => {
    for (const path of [folder, join(folder, 'a', 'b')]) {
      const [finding] = await examineDisk(path, undefined);
      expect(finding?.text).toMatch(new RegExp(`^store ${path}: \\d+ MiB free$`));
    }
  });

  it('that is used is told with who uses it', async () => {
    const [finding] = await examineDisk(folder, HOLDER);
    expect(finding?.text).toMatch(/ MiB free, used by node \(process 17\)$/);
  });

  it('that nobody uses while a gateway answers is worth a warning', async () => {
    const other = { pid: undefined, text: 'the gateway at 127.0.0.1:8080', mayBeOther: true };
    const findings = await examineDisk(folder, other);
    expect(findings.map(({ verdict }) => verdict)).toEqual(['ok', 'warning']);
    expect(findings[0]?.text).not.toContain('used by');
    expect(findings[1]?.remedy).toContain('http.listen');
  });

  it('of another user is a problem, with a folder of its own or in an open one, unless it is in use', async (context) => {
    if (process.getuid?.() !== 0) context.skip('only root can become another user');
    const [closed, open] = [join(folder, 'closed'), join(folder, 'open')];
    mkdirSync(closed, { mode: 0o700 });
    mkdirSync(open);
    writeFileSync(join(open, 'LOCK'), '');
    chmodSync(folder, 0o755);
    chmodSync(open, 0o777);
    process.seteuid?.(NOBODY);
    try {
      for (const path of [closed, open]) {
        expect(await examineDisk(path, undefined)).toMatchObject([
          { verdict: 'problem', text: expect.stringContaining('may not be written') as string },
        ]);
        expect(await examineDisk(path, HOLDER)).toMatchObject([
          { verdict: 'ok', text: expect.stringContaining('left to node') as string },
        ]);
      }
    } finally {
      process.seteuid?.(0);
    }
  });

  it('where a file stands in the way, or nothing can be written, is a problem', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(await examineDisk(join(file, 'data'), undefined)).toMatchObject([
      { verdict: 'problem', text: expect.stringContaining('remove the file') as string },
    ]);
    expect(await examineDisk('/proc/data', undefined)).toMatchObject([{ verdict: 'problem' }]);
  });

  it('in memory is worth a warning', async () => {
    expect(await examineDisk('memory', undefined)).toMatchObject([{ verdict: 'warning' }]);
  });
});

describe('the name of a port', () => {
  const BY_ID = '/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0';
  const facts = (more: Partial<SerialPortFacts>): SerialPortFacts => ({
    path: BY_ID,
    permanence: 'device',
    device: '/dev/ttyUSB0',
    holders: [],
    isConsole: false,
    ...more,
  });
  const examine = (path: string, ...ports: SerialPortFacts[]) =>
    examinePortName({ name: 'field', port: { kind: 'device', path } }, ports);

  it('that the system has numbered is worth a warning where a dongle has one that stays', () => {
    expect(examine('/dev/ttyUSB0', facts({}))).toEqual([
      {
        verdict: 'warning',
        text: 'link field: /dev/ttyUSB0 may be another dongle after the next start',
        remedy: `name it by what stays the same: port: ${BY_ID}`,
      },
    ]);
    const socket = facts({ path: '/dev/serial/by-path/1', permanence: 'socket' });
    expect(examine('/dev/ttyUSB0', socket)).toHaveLength(1);
  });

  it('that stays, that is part of the board, or that has no better one is in order', () => {
    expect(examine(BY_ID, facts({}))).toEqual([]);
    const board = facts({ path: '/dev/serial0', permanence: 'board', device: '/dev/ttyAMA0' });
    expect(examine('/dev/ttyAMA0', board)).toEqual([]);
    const nameless = facts({ path: '/dev/ttyACM0', permanence: 'none', device: '/dev/ttyACM0' });
    expect(examine('/dev/ttyACM0', nameless)).toEqual([]);
    expect(examine('/dev/ttyUSB7', facts({}))).toEqual([]);
  });

  it('of a device server is none', () => {
    const port = { kind: 'tcp', host: 'ser2net.local', port: 2000 } as const;
    expect(examinePortName({ name: 'field', port }, [facts({})])).toEqual([]);
  });
});
