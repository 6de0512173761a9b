/** The broker is acknowledged when the core has accepted; nothing else waits for that. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PATIENCE_MS, until } from '../../support/wait.js';
import type { ScriptedCore } from './harness.js';
import { kinds, type Life, Lives } from './lives.js';

describe.each(kinds)('acknowledgements, $mode, MQTT version $version', (kind) => {
  let lives: Lives;
  let life: Life;
  let core: ScriptedCore;

  beforeEach(async () => {
    lives = await Lives.prepare(kind, 'up/#');
    life = await lives.begin({ upstream: { keepaliveSec: 1 } });
    ({ core } = life);
    await core.open('d', false);
    await core.subscribe('d', 'down/#', 2);
  });

  afterEach(() => lives.dispose());

  it('of one device that never comes hold up nothing else', async () => {
    core.accepts = ({ client }) => client !== 'd';
    await core.open('e', false);
    await core.subscribe('e', 'more/#', 2);
    for (let i = 0; i < 4; i++) await lives.witness.publish(`down/${i}`, 'x', i % 2 ? 1 : 2);
    await until(() => core.messages('d').length === 4, PATIENCE_MS, 'the messages that wait');
    for (const qos of [0, 1, 2] as const) await lives.witness.publish('more/x', `${qos}`, qos);
    await core.got('e', ['more/x 0 0', 'more/x 1 1', 'more/x 2 2']);
    for (const client of ['d', 'e']) {
      expect(await core.subscribe(client, 'last', 1)).not.toHaveProperty('failure');
      core.send(client, 'up/0', client, 0);
      for (const qos of [1, 2] as const) {
        const sent = core.send(client, `up/${qos}`, client, qos);
        expect(await core.published(sent)).not.toHaveProperty('failure');
      }
      await core.unsubscribe(client, 'last');
    }
    await lives.witness.saw('up/0 d 0', 'up/1 e 1', 'up/2 d 2', 'up/2 e 2');
    const id = kind.mode === 'transparent' ? 'd' : 'gateway';
    const pinged = () => lives.cable.pingsOf(id) > 1 && !lives.cable.isPinging;
    await until(pinged, PATIENCE_MS, 'PINGRESP');
    expect(core.messages('d')).toHaveLength(4);
    expect(life.sentSoFar('puback')).toBe(kind.mode === 'aggregating' ? 1 : 0);
    core.acceptAll('d');
    const others = kind.mode === 'aggregating' ? 1 : 0;
    await life.sent('puback', others + 2);
    await life.sent('pubcomp', others + 2);
  });

  it('go out in the order of acceptance', async () => {
    core.accepts = () => false;
    for (const payload of ['1', '2', '3']) await lives.witness.publish('down', payload, 1);
    await core.got('d', ['down 1 1', 'down 2 1', 'down 3 1']);
    const [first, second, third] = core.events.filter(({ event }) => event === 'message');
    for (const message of [second, third, first]) {
      if (message?.event === 'message') core.accept(message);
    }
    await life.sent('puback', 3);
    expect(life.sentPackets('puback')).toMatchObject([2, 3, 1].map((messageId) => ({ messageId })));
  });

  const both = ['down/1 one 1', 'down/2 two 2'];

  /** The device has two messages that nobody has accepted, and the connection is lost. */
  async function interrupted(): Promise<void> {
    core.accepts = () => false;
    await lives.witness.publish('down/1', 'one', 1);
    await lives.witness.publish('down/2', 'two', 2);
    await core.got('d', both);
    await lives.cable.stop();
    await core.available(false);
  }

  /** The broker hears of both, and the device got neither of them again. */
  async function acknowledgedOnce(): Promise<void> {
    await life.sent('puback');
    await life.sent('pubcomp');
    await core.got('d', both);
  }

  it('that come between two connections go out when the broker repeats the packet', async () => {
    await interrupted();
    core.acceptAll('d');
    await lives.cable.start();
    await acknowledgedOnce();
  });

  it('that come after a new connection are of the repeated packet', async () => {
    await interrupted();
    const repeated = () => /Sending PUBLISH to \S+ \(d1, q2/.test(lives.broker.log);
    await lives.cable.start();
    await until(repeated, PATIENCE_MS, 'the repetition');
    await core.available(true);
    core.acceptAll('d');
    await acknowledgedOnce();
  });

  it('are not waited for from a device that is gone for good', async () => {
    core.accepts = () => false;
    await core.open('e', false);
    await core.subscribe('e', 'down/#', 1);
    await lives.witness.publish('down', 'x', 1);
    await core.got('d', ['down x 1']);
    await core.got('e', ['down x 1']);
    core.close('e', 'discard', true);
    core.acceptAll('d');
    await life.sent('puback');
    core.acceptAll('e');
  });

  it('of what came to a connection that was replaced are dropped, or are those of the repetition', async () => {
    core.accepts = () => false;
    await lives.witness.publish('down', 'x', 2);
    await core.got('d', ['down x 2']);
    await core.open('d', false, {
      topic: 'up/will',
      payload: Buffer.from('x'),
      qos: 1,
      retain: false,
    });
    core.acceptAll('d');
    await until(() => lives.received('PUBCOMP from') >= 1, PATIENCE_MS, 'PUBCOMP');
    await core.got('d', ['down x 2']);
  });
});
