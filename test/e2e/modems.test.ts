/**
 * A device behind each kind of modem: the built gateway at a real pty, or at a device server in the network, with
 * the virtual modem of firmware-sim on the other side of it. One gateway has all of them at once, and UDP beside them.
 */
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { join } from 'node:path';
import { codecs, type MessageType } from '../../src/codec/index.js';
import { GATEWAY_PORT } from '../../src/observe/capture/packet.js';
import type { Witness } from '../contract/upstream/harness.js';
import type { Device } from '../support/device.js';
import { FIELD_KINDS } from '../support/radio/kinds.js';
import { RadioSite } from '../support/radio/radio-site.js';
import { need } from '../support/requirements.js';
import { runMain } from '../support/run-main.js';
import { urlOf } from '../support/scrape.js';
import { dissect } from '../support/tshark.js';
import { until } from '../support/wait.js';

type Kind = keyof typeof FIELD_KINDS;

const KINDS = Object.keys(FIELD_KINDS) as Kind[];
const QOS = [0, 1, 2] as const;
const SLEEP_SEC = 60;
/** A message at QoS 0 that has not come by then never will. */
const LOST_AFTER_MS = 1500;
const mayLose = (kind: Kind): boolean => 'mayLose' in FIELD_KINDS[kind];
/** Longer than any answer takes, so that nothing comes twice; but sooner where frames get lost. */
const SECTIONS = {
  http: { listen: '127.0.0.1:0', capture: { age: '1h', bytes: '64MiB' } },
  defaults: { retry: { interval: '4s' } },
  devices: KINDS.filter(mayLose).map((kind) => ({
    match: `${kind}-*`,
    retry: { interval: '1s', count: 10 },
  })),
};

interface World {
  radios: RadioSite;
  /** At the broker. */
  witness: Witness;
  /** In the network, for what comes from the broker to the gateway. */
  neighbour: Device;
}

describe.each([
  { place: 'a pty', inNetwork: false },
  { place: 'a device server', inNetwork: true },
])('at $place', ({ inNetwork }) => {
  let world: Promise<World> | undefined;

  afterAll(async () => {
    const { radios } = (await world) ?? {};
    await radios?.stop();
  });

  async function start(): Promise<World> {
    const links = KINDS.map((kind) => ({ name: kind, kind: FIELD_KINDS[kind], inNetwork }));
    const radios = await RadioSite.start(links, SECTIONS);
    const witness = await radios.site.witness('up/#');
    const neighbour = await radios.site.connected('neighbour');
    await neighbour.subscribe('down/#', 2);
    return { radios, witness, neighbour };
  }

  function begin(context: TestContext): Promise<World> {
    if (!inNetwork) need(context, 'socat');
    world ??= start();
    return world;
  }

  it.concurrent.for(KINDS)(
    '%s: a device connects, speaks and listens at each QoS, sleeps, and gets what came meanwhile',
    async (kind, context) => {
      const { radios, witness, neighbour } = await begin(context);
      const field = radios.field(kind);
      const device = field.device(`${kind}-node`);
      const topics = QOS.map((qos) => `down/${kind}/${qos}`);
      const send = async (payload: string): Promise<void> => {
        for (const topic of topics) await witness.publish(topic, payload, 2);
        await neighbour.got(...topics.map((topic) => `${topic} ${payload} 2`));
      };
      const lines = (payload: string): string[] =>
        QOS.map((qos) => `down/${kind}/${qos} ${payload} ${qos}`);
      const certain = (payload: string): string[] => lines(payload).slice(mayLose(kind) ? 1 : 0);

      await device.connects();
      for (const qos of QOS) await device.publishes(`up/${kind}`, `at ${qos}`, qos);
      // At QoS 0 nobody repeats what was lost, and behind it comes something that tells whether it was.
      while (mayLose(kind) && witness.count(`up/${kind} at 0 0`) === 0) {
        for (const qos of [0, 1] as const) await device.publishes(`up/${kind}`, `at ${qos}`, qos);
      }
      const published = QOS.map((qos) => `up/${kind} at ${qos} ${qos}`);
      await witness.saw(...published);
      for (const [qos, topic] of topics.entries()) await device.subscribes(topic, qos as 0 | 1 | 2);
      await send('awake');
      await device.got(...certain('awake'));
      // The same here. A device that went on publishing would keep the air busy with answers, which go first.
      const hasAll = (): boolean => device.received.includes(`down/${kind}/0 awake 0`);
      while (mayLose(kind) && !hasAll()) {
        await until(hasAll, LOST_AFTER_MS, 'a message that may be lost').catch(() =>
          witness.publish(`down/${kind}/0`, 'awake', 0),
        );
      }

      await device.sleeps(SLEEP_SEC);
      await send('asleep');
      expect(once(device.received)).toEqual(lines('awake'));
      const came = await device.wakes();
      expect(came.at(-1)).toBe('PINGRESP');
      expect(device.received).toEqual(expect.arrayContaining(certain('asleep')));

      if (mayLose(kind)) return;
      expect(radios.warnings(kind)).toEqual([]);
      expect(device.received.toSorted()).toEqual(
        [...lines('asleep'), ...lines('awake')].toSorted(),
      );
      expect(device.ledger.repeats).toBe(0);
      expect(published.map((line) => witness.count(line))).toEqual([1, 1, 1]);
      expect(field.missed(device.id)).toBe(0);
    },
  );

  it('a capture of all of them is read by Wireshark as we read it', async (context) => {
    const tshark = need(context, 'tshark');
    const { radios } = await begin(context);
    const file = join(radios.folder, 'all.pcapng');
    const url = urlOf(radios.site.daemon, '');
    await runMain(['capture', '-o', file, '--url', url, '--last', '1h']);
    const fields = ['frame.interface_name', 'mqttsn.msg.type', 'mqttsn.msg.len', 'frame.comment'];
    const read = dissect(tshark, file, GATEWAY_PORT, fields);
    const meant = (await runMain(['decode', '--json', file]))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as DecodedLine)
      .map(({ hex, message: { type }, comment }) => [
        comment.split(' ')[0] ?? '',
        String(codecs[type].code),
        String(hex.length / 2),
        comment,
      ]);
    expect(read.map(([link, type, ...rest]) => [link, String(Number(type)), ...rest])).toEqual(
      meant,
    );
    for (const kind of KINDS) {
      const heard = meant.filter(([link]) => link === kind).map(([, , , comment]) => comment ?? '');
      expect(heard.filter((comment) => / in from .*: accepted/.test(comment))).not.toEqual([]);
      expect(heard.filter((comment) => / out to .*: sent/.test(comment))).not.toEqual([]);
    }
  });
});

/** What `decode --json` says of a frame. */
interface DecodedLine {
  hex: string;
  message: { type: MessageType };
  comment: string;
}

const once = (lines: readonly string[]): string[] => [...new Set(lines)].toSorted();
