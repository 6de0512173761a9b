/**
 * What a device says at QoS 0 and -1 goes out to the broker, waits in the outbox until it does, or a notice names it: nobody
 * else would miss it. Whether the broker gets it is up to the way there.
 */
import type { Packet } from 'mqtt-packet';
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { Notice } from '../../../src/core/types.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { diskTakesLazilyMs, hasImpostor, qos0GoesWithProcess } from './excuses/index.js';
import { placeOf, placeOnRadio, textOf, topicOfSent } from './support.js';
import { WirePackets } from './wire-packets.js';

/** Who speaks at QoS -1, for the gateway. */
const NOBODY = 'somebody';

/** Heard, and not out yet. */
interface Open {
  sender: string;
  place: string;
  /** As the broker should have it: topic and text. */
  message: string;
  at: number;
}

export const qos0Up: WatcherFactory = (scene): Watcher => {
  const plans = scene.story.scene.devices.filter(
    ({ id, kind }) => kind !== 'hostile' && !hasImpostor(scene, id),
  );
  const known = new Set(plans.map(({ id }) => id));
  const onRadio = new Map(
    plans.flatMap((plan) => {
      const place = placeOnRadio(plan);
      return place === undefined ? [] : [[placeOf(place.link, place.address), plan.id]];
    }),
  );
  /** By device and octets, what was said as the broker should have it: a frame that was damaged on its way is another one. */
  const said = new Map<string, string>();
  /** Messages that were dropped with a notice. */
  const named: { sender: string; at: number }[] = [];
  let open: Open[] = [];
  let isBrokerThere = false;
  /** When what waited for the broker went out last, or could: a device may have a connection of its own. */
  let leftAt = Number.NEGATIVE_INFINITY;

  const settle = (one: Open | undefined): void => {
    open = open.filter((other) => other !== one);
  };
  /** It was about the frame that has just come from there. */
  const refuse = (place: string): void =>
    settle(open.findLast((one) => one.place === place && one.at === scene.now()));
  const onDrop = (notice: Extract<Notice, { notice: 'drop' }>): void => {
    const { client: sender = NOBODY, address = '' } = notice;
    if (notice.what === 'frame') refuse(placeOf(notice.link, address));
    if (notice.what === 'uplink') named.push({ sender, at: scene.now() });
  };
  const comes = (link: string, address: string, data: Uint8Array): void => {
    const place = placeOf(link, address);
    const device = onRadio.get(place) ?? scene.ownerOf(address) ?? '';
    const message = said.get(keyOf(device, data));
    if (message === undefined) return;
    const sender = isAnonymous(data) ? NOBODY : device;
    open.push({ sender, place, message, at: scene.now() });
  };
  const goes = (link: string, address: string | null, data: Uint8Array): void => {
    if (address !== null && decode(data)?.type === 'DISCONNECT') refuse(placeOf(link, address));
  };
  const onPacket = (packet: Packet): void => {
    if (packet.cmd !== 'publish' || packet.qos > 0) return;
    const message = `${packet.topic} ${textOf(Buffer.from(packet.payload))}`;
    // Of two that say the same the first may have been dropped.
    settle(open.findLast((one) => one.message === message));
  };
  const packets = new WirePackets(onPacket);
  return {
    said: (device, data) => {
      const message = decode(data);
      if (!known.has(device) || message?.type !== 'PUBLISH' || message.qos > 0) return;
      const text = textOf(message.payload);
      const { sent = [] } = scene.devices.get(device)?.ledger ?? {};
      const record = sent.findLast(({ payload }) => textOf(payload) === text);
      if (record === undefined) return;
      said.set(keyOf(device, data), `${topicOfSent(device, record)} ${text}`);
    },
    frameIn: comes,
    radioIn: comes,
    frameOut: goes,
    radioOut: goes,
    wireOut: (connection, what) => packets.wireOut(connection, what),
    notice: (notice) => {
      if (notice.notice === 'broker') isBrokerThere = notice.up;
      const isConnected = notice.notice === 'transition' && notice.to === 'ACTIVE';
      if (notice.notice === 'outbox-delivered' || isConnected) leftAt = scene.now();
      if (notice.notice === 'drop') onDrop(notice);
      if (notice.notice === 'refusal' && notice.request === 'PUBLISH')
        refuse(placeOf(notice.link, notice.address));
    },
    life: (is) => {
      if (is !== 'killed' && is !== 'ended') return;
      const isLeaving = leftAt >= scene.now() - diskTakesLazilyMs(scene);
      open = open.filter(({ at }) => !qos0GoesWithProcess(scene, at, isBrokerThere || isLeaving));
      isBrokerThere = false;
    },
    finish: () => {
      for (const sender of new Set(open.map((one) => one.sender))) {
        const missing = open.filter((one) => one.sender === sender);
        const since = missing[0]?.at ?? Number.POSITIVE_INFINITY;
        const drops = named.filter((one) => one.sender === sender && one.at >= since);
        if (missing.length <= drops.length) continue;
        const texts = missing.map(({ message }) => message).join(', ');
        scene.report(`${sender} has said at QoS 0 what the gateway did nothing with: ${texts}`);
      }
    },
  };
};

const keyOf = (device: string, data: Uint8Array): string =>
  `${device} ${Buffer.from(data).toString('latin1')}`;

const isAnonymous = (data: Uint8Array): boolean => {
  const message = decode(data);
  return message?.type === 'PUBLISH' && message.qos === -1;
};
