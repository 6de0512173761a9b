import { describe, expect, it } from 'vitest';
import type { Notice } from '../../../src/core/types.js';
import type { Logger } from '../../../src/observe/logger.js';
import { NoticeLog } from '../../../src/observe/notice-log.js';
import { SharedLog } from '../../../src/observe/shared-log.js';
import { Thinning } from '../../../src/observe/thinning.js';

interface Line {
  level: string;
  fields: Record<string, unknown>;
  message: string;
}

const LEVELS = ['debug', 'info', 'warn'] as const;
const PEER = { link: 'lan', address: '192.0.2.1:1' };

const refusal = (client: string): Notice => ({
  notice: 'refusal',
  request: 'CONNECT',
  returnCode: 3,
  why: 'no rule matches',
  client,
  ...PEER,
});
const badFrame: Notice = { notice: 'drop', what: 'frame', reason: 'malformed', ...PEER };
const brokerUp: Notice = { notice: 'broker', up: true };

function rig(level: (typeof LEVELS)[number] = 'info') {
  const lines: Line[] = [];
  const clock = { now: 0 };
  const writer = (name: string) => (fields: Record<string, unknown>, message: string) => {
    lines.push({ level: name, fields, message });
  };
  const logger = {
    isLevelEnabled: (name: (typeof LEVELS)[number]) =>
      LEVELS.indexOf(name) >= LEVELS.indexOf(level),
    ...Object.fromEntries(LEVELS.map((name) => [name, writer(name)])),
  };
  const whole = logger as unknown as Logger;
  const thinning = new Thinning(whole, () => clock.now);
  const log = new NoticeLog(whole, thinning);
  return { lines, clock, log, shared: new SharedLog(whole, undefined, thinning) };
}

describe('the log of notices', () => {
  it('writes the code, the fields and the sentence', () => {
    const { lines, log } = rig();
    log.write(refusal('door-1'));
    expect(lines).toEqual([
      {
        level: 'warn',
        fields: {
          code: 'REFUSED_CONNECT',
          request: 'CONNECT',
          returnCode: 3,
          why: 'no rule matches',
          client: 'door-1',
          ...PEER,
        },
        message: 'refused a CONNECT of door-1 with code 3: no rule matches',
      },
    ]);
  });

  it('a flood of one kind is thinned out and counted, others are written', () => {
    const { lines, clock, log } = rig();
    for (let i = 0; i < 1000; i++) log.write(refusal(`${i}`));
    log.write(brokerUp);
    expect(lines).toHaveLength(11);
    clock.now = 10_000;
    log.write(refusal('late'));
    expect(lines.slice(11)).toEqual([
      {
        level: 'warn',
        fields: { code: 'REFUSED_CONNECT', link: 'lan', suppressed: 990 },
        message: '990 more of REFUSED_CONNECT on lan were not written',
      },
      expect.objectContaining({ message: expect.stringContaining('of late') as string }),
    ]);
  });

  it('a flood on one link hides nothing of another', () => {
    const { lines, log } = rig();
    for (let i = 0; i < 1000; i++) log.write(refusal(`${i}`));
    log.write({ ...refusal('elsewhere'), link: 'field' } as Notice);
    expect(lines.at(-1)?.fields).toMatchObject({ link: 'field', client: 'elsewhere' });
  });

  it('what is below the level is neither written nor counted', () => {
    const { lines, clock, log } = rig();
    for (let i = 0; i < 100; i++) log.write(badFrame);
    clock.now = 10_000;
    log.write(brokerUp);
    expect(lines.map(({ fields }) => fields['code'])).toEqual(['BROKER_UP']);
  });

  it('who debugs sees everything', () => {
    const { lines, log } = rig('debug');
    for (let i = 0; i < 100; i++) log.write(badFrame);
    expect(lines).toHaveLength(100);
  });
});

describe('lines that are no notices', () => {
  it('requests that flood are thinned out and counted, other lines are written', () => {
    const { lines, clock, shared } = rig();
    for (let i = 0; i < 1000; i++) shared.info({ code: 'BRIDGE_REQUEST', request: `${i}` }, '?');
    shared.warn({ code: 'OWN_TOPICS_REFUSED' }, 'no');
    expect(lines).toHaveLength(11);
    clock.now = 10_000;
    shared.info({ code: 'BRIDGE_REQUEST', request: 'late' }, '?');
    expect(lines.slice(11).map(({ fields }) => fields)).toEqual([
      { code: 'BRIDGE_REQUEST', suppressed: 990 },
      { code: 'BRIDGE_REQUEST', request: 'late' },
    ]);
  });

  it('of one link that repeats itself hide nothing of another', () => {
    const { lines, clock, shared } = rig();
    for (let i = 0; i < 15; i++) shared.warn({ code: 'LINK_PORT_LOST', link: 'attic' }, 'gone');
    shared.warn({ code: 'LINK_PORT_LOST', link: 'cellar' }, 'gone');
    expect(lines.map(({ fields }) => fields['link'])).toContain('cellar');
    clock.now = 10_000;
    shared.warn({ code: 'STOPPING' }, 'end');
    expect(lines.map(({ message }) => message)).toContain(
      '5 more of LINK_PORT_LOST on attic were not written',
    );
  });
});
