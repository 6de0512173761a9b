/** A gateway as the page sees it, made up: what it answers, held to the schemas of the API. */
import type { Buffered, Device, DeviceRow } from '../../../src/http/api/schema/devices.js';
import type { Frame } from '../../../src/http/api/schema/frames.js';
import type { LogEntry } from '../../../src/http/api/schema/log.js';
import type { LinkOverview, Overview } from '../../../src/http/api/schema/overview.js';

const MINUTE_MS = 60_000;
const NOBODY = {
  DISCONNECTED: 0,
  CONNECTING: 0,
  ACTIVE: 0,
  ASLEEP: 0,
  AWAKE: 0,
  LOST: 0,
  REFUSED: 0,
};

export function linkOf(fields: Partial<LinkOverview> = {}): LinkOverview {
  const now = Date.now();
  return {
    name: 'field',
    type: 'serial',
    description: 'field rylr at /dev/ttyUSB0, SF9, 868.5 MHz',
    modem: 'rylr',
    state: 'up',
    sinceMs: now - 60 * MINUTE_MS,
    trouble: null,
    isCongested: false,
    received: { frames: 1204, bytes: 24_310, framesPerSec: 0.4, malformed: 0 },
    sent: { frames: 1190, bytes: 8112, framesPerSec: 0.4 },
    signal: { rssiDbm: -97, snrDb: 4.5, lqi: null },
    heardAtMs: now - 4000,
    airTime: {
      usedSec: 9.4,
      allowedSec: 36,
      assumedSec: 0,
      isReduced: false,
      queuedFrames: 0,
      queuedSec: 0,
    },
    devices: 20,
    missing: 0,
    ...fields,
  };
}

export function overviewOf(fields: Partial<Overview> = {}): Overview {
  const now = Date.now();
  return {
    nowMs: now,
    gateway: {
      name: 'attic-pi',
      version: '0.1.0',
      gwId: 1,
      startedAtMs: now - 60 * MINUTE_MS,
      admitsStrangers: false,
      isReady: true,
      reasons: [],
    },
    broker: {
      server: 'mqtt://broker.local',
      mode: 'aggregating',
      isUp: true,
      sinceMs: now - 60 * MINUTE_MS,
      detail: null,
    },
    store: { state: 'working', sinceMs: now - 60 * MINUTE_MS, detail: null },
    links: [linkOf()],
    sessions: { ...NOBODY, ASLEEP: 1 },
    buffered: { messages: 0, bytes: 0 },
    outbox: { messages: 0, bytes: 0 },
    ...fields,
  };
}

export function rowOf(fields: Partial<DeviceRow> = {}): DeviceRow {
  const now = Date.now();
  return {
    client: 'node-1',
    state: 'ACTIVE',
    sinceMs: now - MINUTE_MS,
    why: 'connected',
    link: 'field',
    address: '0x0011',
    heardAtMs: now - 3000,
    dueAtMs: now + MINUTE_MS,
    givenUpAtMs: now + 2 * MINUTE_MS,
    buffered: { messages: 0, bytes: 0, oldestAtMs: null },
    signal: { rssiDbm: -97, snrDb: 4.5, lqi: null },
    retries: 0,
    paused: null,
    isApproved: false,
    isApprovable: false,
    warning: null,
    ...fields,
  };
}

export function deviceOf(fields: Partial<Device> = {}): Device {
  return {
    ...rowOf(),
    nowMs: Date.now(),
    keepAliveSec: 60,
    sleepSec: null,
    announcedSec: null,
    cleanSession: false,
    will: null,
    topicIds: [],
    subscriptions: [],
    exchange: null,
    signals: [],
    messages: [],
    notices: [],
    settings: {
      maxMessageBytes: 1024,
      retryIntervalSec: 10,
      retryCount: 3,
      bufferMessagesMax: 100,
      bufferBytesMax: 65_536,
      bufferAgeSec: 604_800,
      bufferPolicy: 'drop-oldest',
    },
    ...fields,
  };
}

export function payloadOf(text: string): Device['messages'][number]['payload'] {
  const octets = Buffer.from(text);
  return { bytes: octets.length, hex: octets.toString('hex'), text, isCut: false };
}

export function bufferedOf(
  id: number,
  topic: string,
  payload: string,
): Buffered['messages'][number] {
  const now = Date.now();
  return {
    id,
    topic,
    qos: 1,
    isRetained: false,
    arrivedAtMs: now - MINUTE_MS,
    expiresAtMs: now + 60 * MINUTE_MS,
    progress: 'waiting',
    payload: payloadOf(payload),
  };
}

let entries = 0;

export function entryOf(fields: Partial<LogEntry> = {}): LogEntry {
  return {
    number: ++entries,
    atMs: Date.now(),
    level: 'info',
    code: 'SESSION_ACTIVE',
    message: 'node-1 is ACTIVE (connected)',
    client: 'node-1',
    link: 'field',
    address: '0x0011',
    details: {},
    ...fields,
  };
}

export function frameOf(number: number, fields: Partial<Frame> = {}): Frame {
  return {
    number,
    atMs: Date.now(),
    link: 'field',
    direction: 'in',
    address: '0x0011',
    verdict: 'accepted',
    signal: { rssiDbm: -97, snrDb: 4.5, lqi: null },
    bytes: 2,
    hex: '0216',
    name: 'PINGREQ',
    summary: 'PINGREQ, without client id: keep alive',
    fields: [
      { at: 0, hex: '02', label: 'Length', text: '2' },
      { at: 1, hex: '16', label: 'MsgType', text: 'PINGREQ' },
    ],
    problem: null,
    ...fields,
  };
}
