import { describe, expect, it } from 'vitest';
import type { OperatorCommand, OperatorOutcome } from '../../../../src/core/types.js';
import { REQUESTS_MAX } from '../../../../src/observe/state-topics/limits.js';
import { Requests } from '../../../../src/observe/state-topics/requests.js';

function rig(outcome: Promise<OperatorOutcome> = Promise.resolve('done'), approvalsMax = 1) {
  const done: OperatorCommand[] = [];
  const approved = new Set(['guest']);
  const requests = new Requests({
    operate: (command) => {
      done.push(command);
      const { client } = command;
      if (command.command === 'approve' && approved.size <= approvalsMax) approved.add(client);
      return outcome;
    },
    isKnown: (client) => client === 'door-1',
    isApproved: (client) => approved.has(client),
    unready: () => ['broker-away'],
  });
  const ask = async (what: string, payload: string): Promise<unknown> =>
    JSON.parse(await requests.answer(what, Buffer.from(payload)));
  return { done, ask };
}

describe('a request', () => {
  it.each([
    ['device/disconnect', 'disconnect'],
    ['device/forget', 'forget'],
    ['device/approve', 'approve'],
    ['buffer/clear', 'buffer-clear'],
  ] as const)('%s is done, and answered with its transaction', async (what, command) => {
    const { done, ask } = rig();
    expect(await ask(what, '{"client":"door-1","transaction":"a"}')).toEqual({
      data: { client: 'door-1' },
      status: 'ok',
      transaction: 'a',
    });
    expect(done).toEqual([{ command, client: 'door-1' }]);
  });

  it('may be a client id alone', async () => {
    const { done, ask } = rig();
    expect(await ask('device/forget', ' door-1\n')).toMatchObject({ status: 'ok' });
    expect(await ask('device/forget', '"door-1"')).toMatchObject({ status: 'ok' });
    expect(done).toHaveLength(2);
  });

  it('lets in who is not known yet', async () => {
    expect(await rig().ask('device/approve', 'stranger')).toMatchObject({ status: 'ok' });
  });

  it('to forget may name who is approved and has not come yet', async () => {
    const { done, ask } = rig();
    expect(await ask('device/forget', 'guest')).toMatchObject({ status: 'ok' });
    expect(done).toEqual([{ command: 'forget', client: 'guest' }]);
    expect(await ask('device/disconnect', 'guest')).toMatchObject({ status: 'error' });
  });

  it('to let in whom the gateway cannot let in is answered so', async () => {
    const { ask } = rig(Promise.resolve('done'), 0);
    expect(await ask('device/approve', 'stranger')).toMatchObject({
      status: 'error',
      error: expect.stringContaining('cannot be approved') as string,
    });
  });

  it('for the health needs nothing', async () => {
    expect(await rig().ask('health_check', '')).toEqual({
      data: { healthy: false, reasons: ['broker-away'] },
      status: 'ok',
    });
  });

  it.each([
    ['device/forget', '', 'client id'],
    ['device/forget', '{"client":5}', 'client id'],
    ['device/forget', '{}', 'client id'],
    ['device/forget', '{"client":""}', 'client id'],
    ['device/forget', '"', 'no JSON'],
    ['device/forget', '{"client":"door-1"', 'no JSON'],
    ['device/forget', 'nobody', '"nobody" is known'],
    ['device/burn', 'door-1', 'health_check, device/disconnect'],
    ['constructor', 'door-1', 'no such request'],
    ['device/forget', 'x'.repeat(5000), 'longer than'],
  ])('%s %j is refused, and changes nothing', async (what, payload, why) => {
    const { done, ask } = rig();
    const answer = await ask(what, payload);
    expect(answer).toMatchObject({ data: {}, status: 'error' });
    expect((answer as { error: string }).error).toContain(why);
    expect(done).toEqual([]);
  });

  it('while the gateway ends is not done', async () => {
    const { ask } = rig(Promise.resolve('not-serving'));
    expect(await ask('device/forget', 'door-1')).toMatchObject({ status: 'error' });
  });

  it('that memory alone has, because the store fails, is answered so', async () => {
    const { ask } = rig(Promise.resolve('not-kept'));
    const why = expect.stringContaining('the store fails') as string;
    expect(await ask('device/forget', 'door-1')).toMatchObject({ status: 'error', error: why });
  });

  it('beyond those that may be at once is refused, until one of them is done', async () => {
    let finish = (_outcome: OperatorOutcome): void => undefined;
    const { ask, done } = rig(new Promise((resolve) => (finish = resolve)));
    const open = Array.from({ length: REQUESTS_MAX }, () => ask('device/forget', 'door-1'));
    expect(await ask('device/forget', 'door-1')).toMatchObject({ status: 'error' });
    expect(done).toHaveLength(REQUESTS_MAX);
    finish('done');
    await Promise.all(open);
    expect(await ask('device/forget', 'door-1')).toMatchObject({ status: 'ok' });
  });
});
