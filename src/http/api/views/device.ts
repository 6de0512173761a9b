/** All that is known of one device. */
import type { BufferedMessage, DeviceDetails } from '../../../core/inspect/inspection.js';
import type { DeviceMemory } from '../../../observe/devices/memory.js';
import type { Watched } from '../../observed.js';
import type { Buffered, Device } from '../schema/devices.js';
import { rowOf, wallTimes } from './devices.js';
import { entryView } from './log.js';
import { payloadView, signalView } from './payload.js';
import { topicIdsView } from './topic-ids.js';

type OfMemory = 'announcedSec' | 'signals' | 'messages' | 'notices';
type OfSession = Exclude<
  keyof Device,
  keyof NonNullable<ReturnType<typeof rowOf>> | OfMemory | 'nowMs'
>;

/** undefined: nobody knows of this device. */
export function deviceView(gateway: Watched, client: string): Device | undefined {
  const row = rowOf(gateway, client);
  if (row === undefined) return undefined;
  return {
    nowMs: gateway.nowMs(),
    ...row,
    ...sessionView(gateway, gateway.inspect.details(client)),
    ...memoryView(gateway.watch.devices.get(client)),
  };
}

function sessionView(
  gateway: Watched,
  details: DeviceDetails | undefined,
): Pick<Device, OfSession> {
  if (details === undefined) return NO_SESSION;
  const { will, topicIds, exchange, settings } = details;
  const times = wallTimes(gateway);
  return {
    keepAliveSec: details.keepAliveSec,
    sleepSec: details.sleepSec ?? null,
    cleanSession: details.cleanSession,
    will: will
      ? {
          topic: will.topic,
          qos: will.qos,
          isRetained: will.retain,
          payload: payloadView(will.payload),
        }
      : null,
    topicIds: topicIdsView(topicIds),
    subscriptions: [...details.subscriptions],
    exchange: exchange
      ? {
          message: exchange.message,
          topic: exchange.topic ?? null,
          msgId: exchange.msgId,
          retries: exchange.retries,
          nextAtMs: times(exchange.nextAt),
        }
      : null,
    settings: {
      maxMessageBytes: settings.maxMessageBytes,
      retryIntervalSec: settings.retry.intervalMs / 1000,
      retryCount: settings.retry.count,
      bufferMessagesMax: settings.sleep.messages,
      bufferBytesMax: settings.sleep.bytes,
      bufferAgeSec: settings.sleep.ageMs / 1000,
      bufferPolicy: settings.sleep.policy,
    },
  };
}

const NO_SESSION: Pick<Device, OfSession> = {
  keepAliveSec: null,
  sleepSec: null,
  cleanSession: null,
  will: null,
  topicIds: [],
  subscriptions: [],
  exchange: null,
  settings: null,
};

function memoryView(memory: DeviceMemory | undefined): Pick<Device, OfMemory> {
  const { change, signals = [], messages = [], notices = [] } = memory ?? {};
  return {
    announcedSec: change?.announcedSec ?? null,
    signals: Array.from(signals, ({ atMs, signal }) => ({
      atMs,
      ...(signalView(signal) ?? { rssiDbm: null, snrDb: null, lqi: null }),
    })),
    messages: Array.from(messages, ({ atMs, direction, topic, qos, retain, payload, bytes }) => ({
      ...{ atMs, direction, topic, qos },
      isRetained: retain,
      payload: payloadView(payload, bytes),
    })),
    notices: Array.from(notices, entryView),
  };
}

export function bufferView(
  gateway: Watched,
  client: string,
  messages: readonly BufferedMessage[],
): Buffered {
  const times = wallTimes(gateway);
  const ageMs = gateway.inspect.details(client)?.settings.sleep.ageMs ?? 0;
  return {
    nowMs: gateway.nowMs(),
    messages: messages.map(({ serial, arrivedAt, payload, retain, ...message }) => {
      const arrivedAtMs = Number.isFinite(arrivedAt) ? times(arrivedAt) : null;
      return {
        id: serial,
        ...message,
        isRetained: retain,
        arrivedAtMs,
        // What has been begun is not dropped for its age.
        expiresAtMs:
          arrivedAtMs === null || message.progress !== 'waiting' ? null : arrivedAtMs + ageMs,
        payload: payloadView(payload),
      };
    }),
  };
}
