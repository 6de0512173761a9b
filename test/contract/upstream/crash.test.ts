/**
 * The gateway is killed at a moment of the test's choice, between any two of its steps, and starts again
 * with what had reached the disk. Nothing is lost, and at QoS 2 nothing comes twice.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MqttQos } from '../../../src/core/types.js';
import type { TestJournal } from '../../support/journal.js';
import { PATIENCE_MS, until } from '../../support/wait.js';
import { type ScriptedCore, will } from './harness.js';
import { kinds, type Life, Lives } from './lives.js';

describe.each(kinds)('a crash, $mode, MQTT version $version', (kind) => {
  let lives: Lives;

  beforeEach(async () => {
    lives = await Lives.prepare(kind, 'up/#');
  });

  afterEach(() => lives.dispose());

  /** A run with a device that subscribes to `down/#`. */
  const subscribed = async (qos: MqttQos = 2) => {
    const run = await lives.begin();
    await run.core.open('d', false);
    await run.core.subscribe('d', 'down/#', qos);
    run.core.accepts = () => false;
    return run;
  };

  const restart = async (journal: TestJournal) => {
    const run = await lives.begin({
      journal,
      resume: (core) => core.resume('d', { 'down/#': 2 }),
    });
    await lives.connected('d');
    return run;
  };

  describe('while a message comes from the broker', () => {
    it('which nobody has accepted: it is not acknowledged, and comes again', async () => {
      const before = await subscribed();
      await lives.witness.publish('down/1', 'one', 1);
      await lives.witness.publish('down/2', 'two', 2);
      await before.core.got('d', ['down/1 one 1', 'down/2 two 2']);
      expect(before.sentSoFar('puback') + before.sentSoFar('pubrec')).toBe(0);
      // The marks of QoS 2 are as volatile as the message.
      const after = await restart(await before.crash());
      await after.core.got('d', ['down/1 one 1', 'down/2 two 2']);
      await after.sent('puback');
      await after.sent('pubcomp');
    });

    it('at QoS 2, when its mark is on disk: it is acknowledged, and does not come again', async () => {
      const before = await subscribed();
      await lives.witness.publish('down', 'x', 2);
      await before.core.got('d', ['down x 2']);
      before.journal.commitUnheard();
      const after = await restart(await before.crash());
      await after.sent('pubcomp');
      await lives.witness.publish('down', 'y', 2);
      await after.core.got('d', ['down y 2']);
      await after.sent('pubcomp', 2);
    });

    it('at QoS 2, when PUBREC is out', async () => {
      const before = await subscribed();
      before.hold('pubrel');
      await lives.witness.publish('down', 'x', 2);
      await before.core.got('d', ['down x 2']);
      before.journal.commit();
      before.core.acceptAll('d');
      await before.held('pubrel');
      const after = await restart(await before.crash());
      await after.sent('pubcomp');
      await lives.witness.publish('down', 'y', 2);
      await after.core.got('d', ['down y 2']);
    });

    it.each([false, true])('at QoS 2, after PUBREL, its mark gone from disk: %s', async (gone) => {
      const before = await subscribed();
      await lives.witness.publish('down', 'x', 2);
      await before.core.got('d', ['down x 2']);
      before.journal.commits = 'never';
      before.journal.commit();
      before.core.acceptAll('d');
      await before.waiting('PUBREL');
      expect(before.sentSoFar('pubcomp')).toBe(0);
      expect(before.journal.kept('ui')).toHaveLength(1);
      if (gone) before.journal.commitUnheard();
      const after = await restart(await before.crash());
      await after.sent('pubcomp');
      await lives.witness.publish('down', 'y', 2);
      await after.core.got('d', ['down y 2']);
      expect(after.journal.kept('ui')).toHaveLength(0);
    });
  });

  describe('while a QoS 2 message goes to the broker', () => {
    /** Has it published by a first run until `reached`, and asked for by a second one. */
    const publish = async (
      reached: (run: Life) => Promise<void> | void,
      again: 'adopt' | 'publish' | 'nobody' = 'adopt',
    ) => {
      const before = await lives.begin();
      await before.core.open('d', false);
      await before.core.published(before.core.send('d', 'other', 'x', 1));
      before.journal.commit();
      before.journal.commits = 'never';
      const first = before.core.sendOnce('d', 'up', 'x', 'name');
      await reached(before);
      let token = 0;
      const journal = await before.crash();
      const resume = (core: ScriptedCore) => {
        core.resume('d');
        if (again === 'adopt') token = core.adopt('d', 'name');
        else if (again === 'publish') token = core.sendOnce('d', 'up', 'x', 'name');
      };
      const after = await lives.begin({ journal, resume });
      return { before, after, token, first };
    };

    /** It came once, and nothing of it is left. */
    const cameOnce = async ({ core, journal }: Life) => {
      await lives.witness.saw('up x 2');
      const isOver = async () => {
        const end = core.send('d', 'up', 'end', 1);
        return (await core.published(end)).failure === undefined;
      };
      await until(isOver, PATIENCE_MS, 'the connection');
      await lives.witness.saw('up end 1');
      journal.commit();
      expect(journal.kept('uo')).toEqual([]);
      expect(lives.witness.count('up x 2')).toBe(1);
    };

    it('that is not on disk: it was not sent, and can be published again', async () => {
      const { before, after, token, first } = await publish(() => {});
      expect(before.core.answers('published', first)).toEqual([]);
      expect(await after.core.published(token)).toMatchObject({ failure: 'unavailable' });
      expect(lives.witness.count('up x 2')).toBe(0);
    });

    const moments: [string, (run: Life) => Promise<void> | void][] = [
      ['that is on disk and not sent yet', ({ journal }) => journal.commitUnheard()],
      [
        'when PUBLISH is out',
        async (run) => {
          run.hold('pubrec');
          run.journal.commit();
          await run.held('pubrec');
        },
      ],
      [
        'when PUBREC has come',
        async (run) => {
          run.journal.commit();
          await run.waiting('PUBREC');
        },
      ],
      [
        'when PUBREC is on disk, and PUBREL not out yet',
        async (run) => {
          run.journal.commit();
          await run.waiting('PUBREC');
          run.journal.commitUnheard();
        },
      ],
      [
        'when PUBREL is out',
        async (run) => {
          run.hold('pubcomp');
          run.journal.commit();
          await run.waiting('PUBREC');
          run.journal.commit();
          await run.held('pubcomp');
        },
      ],
      [
        'when it is over, and that is not on disk',
        async (run) => {
          run.journal.commit();
          await run.waiting('PUBREC');
          run.journal.commit();
          await until(
            () => run.core.answers('published', run.core.lastToken).length > 0,
            PATIENCE_MS,
            'PUBCOMP',
          );
        },
      ],
    ];

    it.each(moments)('%s: it comes once, and its end is told', async (_, reached) => {
      const { after, token } = await publish(reached);
      expect(await after.core.published(token)).not.toHaveProperty('failure');
      expect(after.core.answers('published', token)).toHaveLength(1);
      await cameOnce(after);
    });

    it.each(moments)('%s: asked for once more, it comes once', async (_, reached) => {
      const { after, token } = await publish(reached, 'publish');
      expect(await after.core.published(token)).not.toHaveProperty('failure');
      await cameOnce(after);
    });

    it('that waits for the disk: it is not overtaken by a QoS 1 message', async () => {
      const life = await lives.begin();
      const { core, journal } = life;
      await core.open('d', false);
      journal.commit();
      journal.commits = 'never';
      core.sendOnce('d', 'up', 'first', 'name');
      const second = core.send('d', 'up', 'second', 1);
      const third = core.send('d', 'up', 'third', 1);
      journal.commits = 'soon';
      await core.published(second);
      await core.published(third);
      expect(life.sentPackets('publish').slice(-3)).toMatchObject(
        ['first', 'second', 'third'].map((payload) => ({ payload: Buffer.from(payload) })),
      );
    });

    it('that waits for the disk while the connection breaks: it comes once', async () => {
      const { core, journal } = await lives.begin();
      await core.open('d', false);
      journal.commit();
      journal.commits = 'never';
      const token = core.sendOnce('d', 'up', 'x', 'name');
      await lives.cable.stop();
      await core.available(false);
      await lives.cable.start();
      journal.commits = 'soon';
      expect(await core.published(token)).not.toHaveProperty('failure');
      await lives.witness.saw('up x 2');
      expect(lives.witness.count('up x 2')).toBe(1);
    });

    it('while the device begins another connection: it comes once, and its end is told', async () => {
      const life = await lives.begin();
      const { core } = life;
      await core.open('d', false);
      life.hold('pubrec');
      const token = core.sendOnce('d', 'up', 'x', 'name');
      await life.held('pubrec');
      const opened = core.open('d', false, will('wills/d'));
      lives.cable.holds = () => false;
      lives.cable.releaseAll();
      expect(await opened).not.toHaveProperty('failure');
      expect(await core.published(token)).not.toHaveProperty('failure');
      await cameOnce(life);
    });

    it('that nobody asks for any more: it comes once', async () => {
      const { after } = await publish(({ journal }) => journal.commitUnheard(), 'nobody');
      await cameOnce(after);
      const late = after.core.adopt('d', 'name');
      expect(await after.core.published(late)).not.toHaveProperty('failure');
      const later = after.core.adopt('d', 'name');
      expect(await after.core.published(later)).toMatchObject({ failure: 'unavailable' });
    });
  });
});
