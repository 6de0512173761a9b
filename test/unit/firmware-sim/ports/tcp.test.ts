import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openTcp, type TcpPort } from '../../../../firmware-sim/ports/tcp.js';
import { fromHex } from '../../../support/hex.js';
import { PATIENCE_MS, until } from '../../../support/wait.js';
import { Site } from './site.js';

const FRAME = 'c00b0c000001000032312e35c0';
const MESSAGE = '0b0c000001000032312e35';

async function open(
  options: { resetOnOpen?: boolean } = {},
): Promise<{ site: Site; port: TcpPort }> {
  const site = new Site();
  const { timeline, random } = site;
  const port = await openTcp(site.modem, {
    host: '127.0.0.1',
    port: 0,
    timeline,
    random,
    ...options,
  });
  onTestFinished(async () => {
    await port.close();
    timeline.stop();
  });
  return { site, port };
}

/** A connection that gathers what comes. */
async function host(port: TcpPort): Promise<{ socket: Socket; received: () => string }> {
  const socket = connect(port.port, '127.0.0.1');
  let hex = '';
  socket.on('data', (octets) => {
    hex += octets.toString('hex');
  });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return { socket, received: () => hex };
}

test('octets go both ways', async () => {
  const { site, port } = await open();
  const { socket, received } = await host(port);
  socket.write(fromHex(FRAME));
  await until(() => site.sent.length === 1, PATIENCE_MS, 'the frame on the air');
  expect(site.sent).toEqual([MESSAGE]);
  await until(() => site.modem.isListening, PATIENCE_MS, 'the end of the transmission');
  site.hear(fromHex(MESSAGE));
  await until(() => received() === FRAME, PATIENCE_MS, 'the packet at the host');
});

test('a second connection is turned away, a later one is welcome', async () => {
  const { site, port } = await open();
  const first = await host(port);
  const second = await host(port);
  await once(second.socket, 'close');
  first.socket.destroy();
  const works = async () => {
    const { socket } = await host(port);
    socket.write(fromHex(FRAME));
    await until(() => socket.closed || site.sent.length > 0, PATIENCE_MS, 'the frame, or the end');
    return site.sent.length > 0;
  };
  await until(works, PATIENCE_MS, 'a connection that works');
});

test('unplugged in the middle of a frame: the connection ends; plugged in again it works', async () => {
  const { site, port } = await open();
  const { socket, received } = await host(port);
  port.unplugAfter(4, 'to-host');
  site.hear(fromHex(MESSAGE));
  await once(socket, 'close');
  expect(received()).toBe(FRAME.slice(0, 8));
  expect(site.modem.isListening).toBe(false);
  const refused = connect(port.port, '127.0.0.1');
  await expect(once(refused, 'connect')).rejects.toThrow('ECONNREFUSED');
  await port.replug();
  const again = await host(port);
  again.socket.write(fromHex(FRAME));
  await until(() => site.sent.length === 1, PATIENCE_MS, 'the frame on the air');
});

test('a connection resets the modem where a port does', async () => {
  const { site, port } = await open({ resetOnOpen: true });
  site.modem.faults.frozen = true;
  await host(port);
  await until(() => site.modem.isListening, PATIENCE_MS, 'the reset');
});

test('a host that writes much faster than the line is slowed down, and loses nothing', async () => {
  const { site, port } = await open();
  const { socket } = await host(port);
  const frames = 50;
  for (let index = 0; index < frames; index++) {
    socket.write(fromHex(FRAME));
    const count = index + 1;
    if (count % 10 === 0) await until(() => site.sent.length === count, PATIENCE_MS, 'the frames');
  }
  expect(site.sent).toHaveLength(frames);
});
