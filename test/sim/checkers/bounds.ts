/**
 * Whatever anybody sends, the gateway stays small and says little: sessions, what is kept of one client, and what somebody
 * hears who floods it or whom it does not know.
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { Notice, StateName } from '../../../src/core/types.js';
import type { Scene, Watcher, WatcherFactory } from '../watcher.js';
import { diskLags } from './excuses/index.js';
import { messageRecordsMax } from './support.js';

const DEVICES_MAX = 10_000;
const PER_SECOND = 50;

/** QoS 2 messages of a client that may be open. */
const QOS2_OPEN_MAX = 64;

/** The count of a second begins with a datagram, so any second touches two of them. */
const COUNTS_PER_SECOND = 2;

/** Less than that millisecond which clocks may differ by. */
const SECOND_MS = 999;
const FE = 0xfe;

export const bounds: WatcherFactory = (scene): Watcher => {
  const { devices = DEVICES_MAX, datagrams_per_second_per_device: perSecond = PER_SECOND } =
    (scene.story.config['limits'] as Partial<Record<string, number>> | undefined) ?? {};
  const connected = new Set<string>();
  /** By sender, DISCONNECTs that have not been answered. */
  const goodbyes = new Map<string, number>();
  const turnedAway = new Map<string, number>();
  const pongs = new Map<string, number[]>();

  const onTransition = ({ client, to }: Extract<Notice, { notice: 'transition' }>): void => {
    if (!IS_CONNECTED.has(to)) return void connected.delete(client);
    connected.add(client);
    if (connected.size > devices) scene.report(`${connected.size} devices are connected`);
  };

  const onDisconnect = (receiver: string): void => {
    const sinceMs = scene.now() - (turnedAway.get(receiver) ?? Number.NEGATIVE_INFINITY);
    if (sinceMs >= SECOND_MS) return void turnedAway.set(receiver, scene.now());
    // So it is an answer, which may have waited for the disk, or one too many.
    const open = goodbyes.get(receiver) ?? 0;
    if (open > 0) return void goodbyes.set(receiver, open - 1);
    scene.report(`DISCONNECT was sent to ${receiver} again after ${sinceMs} ms`);
  };

  const onPong = (receiver: string): void => {
    const since = scene.now() - SECOND_MS;
    const recent = [...(pongs.get(receiver) ?? []).filter((at) => at > since), scene.now()];
    pongs.set(receiver, recent);
    if (recent.length > COUNTS_PER_SECOND * perSecond)
      scene.report(`${recent.length} PINGRESP went to ${receiver} within a second`);
  };

  return {
    life: (is) => {
      if (is !== 'begins') return;
      for (const memory of [connected, goodbyes, turnedAway, pongs]) memory.clear();
    },
    notice: (notice) => {
      if (notice.notice === 'transition') onTransition(notice);
    },
    frameIn: (_link, address, data) => {
      const { sender, message } = opened(address, data);
      if (message?.type === 'DISCONNECT') goodbyes.set(sender, (goodbyes.get(sender) ?? 0) + 1);
    },
    frameOut: (_link, address, data) => {
      if (address === null) return;
      const { sender, message } = opened(address, data);
      if (message?.type === 'DISCONNECT') onDisconnect(sender);
      else if (message?.type === 'PINGRESP') onPong(sender);
    },
    published: () => demandFew(scene, devices),
    calm: () => demandFew(scene, devices),
    finish: () => demandFew(scene, devices),
  };
};

const IS_CONNECTED: ReadonlySet<StateName> = new Set(['CONNECTING', 'ACTIVE', 'ASLEEP', 'AWAKE']);

/** Of what is on the disk. */
function demandFew(scene: Scene, devices: number): void {
  if (diskLags(scene)) return;
  /** By kind and client. */
  const counts = new Map<string, number>();
  for (const record of scene.records()) {
    const [kind = '', client = ''] = record.split('\0', 2);
    const key = kind === 's' ? kind : `${kind} ${client}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const [key, count] of counts) {
    const [kind = '', client = ''] = key.split(/ (.*)/s, 2);
    if (kind === 's' && count > devices) scene.report(`${count} sessions are kept`);
    if (kind === 'i' && count > QOS2_OPEN_MAX)
      scene.report(`of ${client} ${count} QoS 2 messages are open`);
    if (kind === 'd' && count > messageRecordsMax(scene, client))
      scene.report(`${count} messages are kept for ${client}`);
  }
}

/** Whoever speaks through a forwarder is named by address and node (SN 5.5). */
function opened(address: string, data: Uint8Array) {
  let sender = address;
  let octets = data;
  if (data[1] === FE) {
    const length = data[0] ?? 0;
    sender = `${address} node ${Buffer.from(data.subarray(3, length)).toString('hex')}`;
    octets = data.subarray(length);
  }
  return { sender, message: decode(octets) };
}
