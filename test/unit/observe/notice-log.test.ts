import { describe, expect, it } from 'vitest';
import type { Notice } from '../../../src/core/types.js';
import type { Logger } from '../../../src/observe/logger.js';
import { NoticeLog } from '../../../src/observe/notice-log.js';

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
  const log = new NoticeLog(logger as unknown as Logger, () => clock.now);
  return { lines, clock, log };
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
        fields: { code: 'REFUSED_CONNECT', suppressed: 990 },
        message: '990 more of REFUSED_CONNECT were not written',
      },
      expect.objectContaining({ message: expect.stringContaining('of late') as string }),
    ]);
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
