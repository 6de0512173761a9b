/** The tools that people know on one side, ours on the other: mosquitto_pub and mosquitto_sub, pub and sub. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { Cleanup } from '../support/cleanup.js';
import { need } from '../support/requirements.js';
import { MODES, Site, udpLink } from '../support/site.js';
import { PATIENCE_MS, until } from '../support/wait.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

interface Tool {
  process: ChildProcessWithoutNullStreams;
  lines: () => string[];
  exit: Promise<unknown>;
}

function start(program: string, ...args: string[]): Tool {
  const child = cleanup.add(spawn(program, args), (one) => one.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      output += text.toString();
    });
  }
  return {
    process: child,
    lines: () => output.split('\n').filter((line) => line !== ''),
    exit: once(child, 'close').then(([code]) => code as unknown),
  };
}

const ours = (site: Site, command: string, ...args: string[]): Tool =>
  start(process.execPath, 'dist/main.js', command, '-p', `${site.daemon.port()}`, ...args);

const theirs = (program: string, site: Site, ...args: string[]): Tool =>
  start(program, '-p', `${site.broker.port}`, ...args);

describe.each(MODES)('%s', (mode) => {
  it('mosquitto_sub sees what pub sends, sub shows what mosquitto_pub sends, asleep too', async (context) => {
    const mosquittoSub = need(context, 'mosquitto_sub');
    const mosquittoPub = need(context, 'mosquitto_pub');
    const sections = {
      links: [udpLink({ qos_minus_one: { topics: ['pre/#'] } })],
      topics: { predefined: [{ id: 1, topic: 'pre/a' }] },
    };
    // The subscriptions that are counted below are those of devices.
    const mqtt = { state_topics: false };
    const site = cleanup.add(await Site.start({ mode, version: 5 }, { sections, mqtt }), (one) =>
      one.dispose(),
    );
    const watcher = theirs(
      mosquittoSub,
      site,
      '-t',
      'up/#',
      '-t',
      'pre/#',
      '-q',
      '2',
      '-F',
      '%t %p %q',
    );
    const shower = ours(site, 'sub', '-i', 'shower', '-t', 'down/#', '-q', '2', '-v');
    const sleeper = ours(site, 'sub', '-i', 'sleeper', '-t', 'down/a', '-q', '1', '--sleep', '1');
    await until(
      () => site.broker.log.split('SUBSCRIBE from').length > 3,
      PATIENCE_MS,
      'all subscriptions',
    );
    await site.daemon.logged('SESSION_ASLEEP');

    const pubs = [
      ...['0', '1', '2'].map((qos) => ours(site, 'pub', '-t', 'up/a', '-m', `q${qos}`, '-q', qos)),
      ours(site, 'pub', '-T', '1', '-m', 'minus one', '-q', '-1'),
      ...['0', '1', '2'].map((qos) =>
        theirs(mosquittoPub, site, '-t', 'down/a', '-m', `q${qos}`, '-q', qos),
      ),
    ];
    for (const { exit, lines } of pubs) expect(await exit, lines().join('\n')).toBe(0);
    const expected = (tool: Tool, ...lines: string[]): Promise<unknown> =>
      until(() => tool.lines().length >= lines.length, PATIENCE_MS, lines.join()).then(() =>
        expect(tool.lines().sort()).toEqual(lines.sort()),
      );
    await expected(watcher, 'up/a q0 0', 'up/a q1 1', 'up/a q2 2', 'pre/a minus one 0');
    await expected(shower, 'down/a q0', 'down/a q1', 'down/a q2');
    await expected(sleeper, 'q0', 'q1', 'q2');
    await site.stop();
  });
});
