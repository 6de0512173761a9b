/**
 * What comes from the broker at QoS 0 for a device that is connected goes out to it, in its turn, or a notice names it: nobody else
 * would miss it.
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { StateName } from '../../../src/core/types.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import {
  diskTakesMs,
  honestOf,
  isTransparent,
  mayBePassedOver,
  takesFew,
  waitsForAir,
} from './excuses/index.js';
import { addTo, commandIn, isOfTeam, textOf, waitingFor, whoseCommands } from './support.js';
import { ToldStates } from './told-states.js';
import { WirePackets } from './wire-packets.js';

const IS_CONNECTED: ReadonlySet<StateName | undefined> = new Set(['ACTIVE', 'ASLEEP', 'AWAKE']);

/** To who is always on something may be under way, with its repeats: QoS 0 waits behind it. */
const UNDER_WAY_MS = 120_000;

/** QoS 0 of MQTT (3.3.1). */
const isQos0 = (packet: Uint8Array | string): boolean =>
  typeof packet !== 'string' && ((packet[0] ?? 0) & 0b110) === 0;

export const qos0Down: WatcherFactory = (scene): Watcher => {
  const plans = new Map(honestOf(scene).map((plan) => [plan.id, plan]));
  // What a team shares may be for any of it.
  if (scene.story.scene.devices.some(isOfTeam)) return {};
  const told = new ToldStates();
  const packets = new WirePackets();
  /** By link and address, who speaks from there. */
  const clients = new Map<string, string>();
  const subscribed = new Set<string>();
  /** Message ids of SUBSCRIBE, since the last UNSUBSCRIBE. */
  const asked = new Map<string, Set<number>>();
  /** What waits for them waits for an answer that does not come. */
  const unanswering = new Set<string>();
  /** What has come for a device that was connected, and not gone out. */
  let open: { device: string; text: string; at: number }[] = [];
  /** What has come or gone before: of several copies of a message one is for the device. */
  const known = new Map<string, Set<string>>();
  /** Messages that were dropped with a notice. */
  let named: { device: string; at: number }[] = [];
  /** When each had its latest PINGRESP: all that had come before was to go out before it. */
  const turns = new Map<string, number>();
  /** When each has been sent something last that it has to answer. */
  const askedAt = new Map<string, number>();

  const isTurn = (client: string): boolean =>
    told.of(client) === 'AWAKE' || scene.now() >= (askedAt.get(client) ?? 0) + UNDER_WAY_MS;
  const goes = (link: string, address: string | null, data: Uint8Array): void => {
    const [client, message] = [clients.get(`${link} ${address}`), decode(data)];
    if (client === undefined) return;
    if (message?.type === 'PINGRESP' && isTurn(client)) turns.set(client, scene.now());
    if (message?.type !== 'PUBLISH') return;
    if (message.qos > 0) askedAt.set(client, scene.now());
    unanswering.delete(client);
    const text = textOf(message.payload);
    addTo(known, client, text);
    open = open.filter((one) => one.device !== client || one.text !== text);
  };
  return {
    said: (device, data) => {
      const message = decode(data);
      if (message?.type === 'SUBSCRIBE') addTo(asked, device, message.messageId);
      const isOver = message?.type === 'CONNECT' && message.cleanSession;
      if (!isOver && message?.type !== 'UNSUBSCRIBE') return;
      subscribed.delete(device);
      asked.delete(device);
    },
    heard: (device, data) => {
      const message = decode(data);
      if (message?.type !== 'SUBACK' || message.code !== 0 || !plans.has(device)) return;
      if (asked.get(device)?.has(message.messageId) === true) subscribed.add(device);
    },
    wireOut: (connection, what) => packets.wireOut(connection, what),
    wireIn: (connection, what) => {
      const { device = '', text = '' } = commandIn(what) ?? {};
      if (!subscribed.has(device)) return;
      // Others may have a filter that matches, on connections of their own.
      const isItsOwn = packets.clientOf(connection) === device;
      if (isTransparent(scene, device) && !isItsOwn) return;
      if (known.get(device)?.has(text) === true) return;
      addTo(known, device, text);
      if (!isQos0(what)) return;
      const plan = plans.get(device);
      if (plan === undefined || mayBePassedOver(scene, plan)) return;
      if (!IS_CONNECTED.has(told.of(device))) return;
      open.push({ device, text, at: scene.now() });
    },
    frameOut: goes,
    radioOut: goes,
    notice: (notice) => {
      told.notice(notice, scene.now());
      if (notice.notice === 'delivery-paused') unanswering.add(notice.client);
      if (notice.notice === 'transition' || notice.notice === 'roamed')
        clients.set(`${notice.link} ${notice.address}`, notice.client);
      if (notice.notice !== 'drop' || notice.what !== 'downlink') return;
      const device = notice.client ?? whoseCommands(notice.topic ?? '') ?? '';
      named.push({ device, at: scene.now() });
    },
    life: (is) => {
      told.life(is);
      // "Who acknowledges what": a crash may lose it, and the end of a process is one to it.
      if (is !== 'killed' && is !== 'ended') return;
      open = [];
      named = [];
    },
    settled: () => {
      for (const [id, plan] of plans) {
        if (takesFew(scene, plan) || waitsForAir(scene, plan) || unanswering.has(id)) continue;
        if (waitingFor(scene, id).length > 0) continue;
        const turnAt = turns.get(id) ?? 0;
        // What comes while PINGRESP waits for the disk comes after it.
        const isDue = (at: number): boolean => at + diskTakesMs(scene, at, turnAt) < turnAt;
        const missing = open.filter(({ device, at }) => device === id && isDue(at));
        const since = missing[0]?.at ?? Number.POSITIVE_INFINITY;
        const drops = named.filter(({ device, at }) => device === id && at >= since);
        if (missing.length <= drops.length) continue;
        const texts = missing.map(({ text }) => text).join(', ');
        scene.report(`${id} was there, and was not sent what came at QoS 0: ${texts}`);
      }
    },
  };
};
