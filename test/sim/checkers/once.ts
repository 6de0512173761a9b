/** No QoS 2 message comes twice, in either direction. */
import type { SentMessage } from '../../../firmware-sim/devices/ledger.js';
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import {
  brokerForgotDuring,
  diskMayForget,
  hasRebooted,
  honestOf,
  mayArrive,
  networkOvertakes,
  wasThrownOut,
} from './excuses.js';
import { keepsSession, textOf, topicOfSent, whoseCommands } from './support.js';

export const once: WatcherFactory = (scene): Watcher => {
  const plans = honestOf(scene).filter(keepsSession);
  /** By topic and text. */
  const arrivals = new Map<string, number>();
  /**
   * What the broker has put into sessions of the gateway, by text: once for all filters, but for each that it likes where it
   * sees the device itself, and retained with every SUBSCRIBE.
   */
  const queued = new Map<string, number>();
  /** Copies of PUBLISH without DUP that the network has made, by text. */
  const copiesUp = new Map<string, number>();
  const copiesDown = new Map<string, number>();
  const count = (map: Map<string, number>, key: string, by = 1): void =>
    void map.set(key, (map.get(key) ?? 0) + by);
  const copy = (map: Map<string, number>, data: Uint8Array, by: number): void => {
    const text = unmarkedText(data);
    if (text !== undefined) count(map, text, by);
  };
  return {
    said: (_device, data) => copy(copiesUp, data, -1),
    frameIn: (_link, _address, data) => copy(copiesUp, data, 1),
    radioIn: (_link, _address, data) => copy(copiesUp, data, 1),
    frameOut: (_link, _address, data) => copy(copiesDown, data, -1),
    radioOut: (_link, _address, data) => copy(copiesDown, data, -1),
    heard: (_device, data) => copy(copiesDown, data, 1),
    arrived: (_client, { topic, payload }) => count(arrivals, `${topic} ${textOf(payload)}`),
    queued: (client, { topic, payload, retain }) => {
      const device = whoseCommands(topic);
      if (device === undefined) return;
      const mayBeCopy = retain || client === device;
      if (mayBeCopy || !queued.has(textOf(payload))) count(queued, textOf(payload));
    },
    finish: () => {
      if (diskMayForget(scene)) return;
      for (const { id, udp } of plans) {
        const { sent = [], received = [] } = scene.devices.get(id)?.ledger ?? {};
        /** By topic and text: an actuator says the same again when it is told the same again, or has lost its session. */
        const said = new Map<string, SentMessage[]>();
        for (const one of sent.filter(({ qos }) => qos === 2)) {
          const key = `${topicOfSent(id, one)} ${textOf(one.payload)}`;
          said.set(key, [...(said.get(key) ?? []), one]);
        }
        for (const [key, messages] of said) {
          if (messages.some((one) => brokerForgotDuring(scene, one))) continue;
          const [text = ''] = messages.map(({ payload }) => textOf(payload));
          const times = arrivals.get(key) ?? 0;
          if (times > mayArrive(copiesUp.get(text), messages.length))
            scene.report(`${id}: the QoS 2 message "${key}" arrived ${times} times`);
        }
        if (hasRebooted(scene, id) || wasThrownOut(scene, id)) continue;
        if (udp !== undefined && networkOvertakes(scene)) continue;
        const got = new Map<string, number>();
        for (const { qos, payload } of received) if (qos === 2) count(got, textOf(payload));
        for (const [text, times] of got) {
          if (times > Math.max(mayArrive(copiesDown.get(text)), queued.get(text) ?? 0)) {
            scene.report(`${id} got the QoS 2 message "${text}" ${times} times`);
          }
        }
      }
    },
  };
};

/** Of a QoS 2 message without DUP. */
function unmarkedText(data: Uint8Array): string | undefined {
  const message = decode(data);
  if (message?.type !== 'PUBLISH' || message.dup || message.qos !== 2) return undefined;
  return textOf(message.payload);
}
