/**
 * A subscription lasts as long as its session, whatever happens to the gateway meanwhile: from SUBACK on the broker has
 * somebody to give the device's messages to.
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { brokerForgot, diskMayForget, honestOf } from './excuses.js';
import { keepsSession, textOf, whoseCommands } from './support.js';

export const subscriptions: WatcherFactory = (scene): Watcher => {
  const plans = honestOf(scene).filter(keepsSession);
  const devices = new Set(plans.map(({ id }) => id));
  /** Those who have been granted more than QoS 0, which waits for nobody. */
  const subscribed = new Set<string>();
  /** Messages that the broker has given to nobody, by text. */
  const homeless = new Map<string, string>();
  return {
    heard: (device, data) => {
      const message = decode(data);
      if (message?.type === 'SUBACK' && message.code === 0 && message.qos > 0)
        subscribed.add(device);
    },
    published: ({ topic, text, qos }) => {
      const device = whoseCommands(topic);
      if (device === undefined || qos === 0 || !devices.has(device)) return;
      if (subscribed.has(device)) homeless.set(text, device);
    },
    queued: (_client, { payload }) => void homeless.delete(textOf(payload)),
    finish: () => {
      if (diskMayForget(scene) || brokerForgot(scene)) return;
      for (const [text, device] of homeless) {
        scene.report(`${device} has subscribed, and at the broker "${text}" goes to nobody`);
      }
    },
  };
};
