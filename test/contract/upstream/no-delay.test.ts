/** TCP_NODELAY on both ends. Asked of the sockets: what Nagle's algorithm holds back depends on when the system acknowledges. */
import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EmbeddedBroker } from '../../../src/upstream/embedded.js';
import { Cleanup } from '../../support/cleanup.js';
import { connack, ScriptedBroker } from '../../support/scripted-broker.js';
import { PATIENCE_MS, until } from '../../support/wait.js';
import { hurried, ScriptedCore } from './harness.js';

const cleanup = new Cleanup();
afterEach(cleanup.run);

/** Sockets of this process that send without waiting, as they are at the end. */
function hastySockets(): () => Socket[] {
  const spy = vi.spyOn(Socket.prototype, 'setNoDelay');
  cleanup.add(spy, (one) => one.mockRestore());
  return () =>
    spy.mock.contexts.flatMap((socket, call) =>
      socket instanceof Socket && spy.mock.calls[call]?.[0] === true ? [socket] : [],
    );
}

describe('a message does not wait for the TCP acknowledgement of the one before it', () => {
  it.each(['aggregating', 'transparent'] as const)('to a broker, %s', async (mode) => {
    const hasty = hastySockets();
    const connections = new Set<Socket>();
    const broker = await ScriptedBroker.start((packet, session) => {
      if (packet.cmd === 'connect') session.send(connack());
      if (packet.cmd === 'disconnect') session.socket.end();
      connections.add(session.socket);
    });
    cleanup.add(broker, (one) => one.stop());
    const options = { servers: [broker.url], deviceOf: () => ({ mode }) };
    const core = cleanup.add(new ScriptedCore(options, hurried), (one) => one.stop());
    await core.upstream.start();
    await core.available(true);
    await core.open('device');
    // One that is over has no port any more.
    const ports = [...connections]
      .filter(({ destroyed }) => !destroyed)
      .map((one) => one.remotePort);
    expect(ports).not.toEqual([]);
    expect(hasty().map(({ localPort }) => localPort)).toEqual(expect.arrayContaining(ports));
  });

  it('from the embedded broker', async () => {
    const hasty = hastySockets();
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const broker = cleanup.add(new EmbeddedBroker('127.0.0.1', 0, log), (one) => one.stop());
    const { port, hostname } = new URL(await broker.start());
    const client = cleanup.add(connect(Number(port), hostname), (one) => one.destroy());
    await once(client, 'connect');
    await until(
      () => hasty().some(({ remotePort }) => remotePort === client.localPort),
      PATIENCE_MS,
      'the socket of the broker',
    );
  });
});
