/** What each operation does. */
import { redact } from '../../config/redact.js';
import type { NumberedFrame } from '../../observe/capture/ring.js';
import { NOT_APPROVED, OPERATION_NOT_KEPT } from '../../observe/state-topics/requests.js';
import type { OperatorCommand, OperatorOutcome } from '../../core/types.js';
import { captureHandler } from '../captures.js';
import { whenPipelined } from '../pipelined.js';
import { cookieName } from '../login/cookie.js';
import type { Login } from '../login/login.js';
import type { Watched } from '../observed.js';
import { Refusal } from '../problem.js';
import type { Events } from './events.js';
import { openApi } from './openapi.js';
import type { Handlers } from './router.js';
import type { Overview } from './schema/overview.js';
import { bufferView, deviceView } from './views/device.js';
import { devicesJson, rowOf } from './views/devices.js';
import { framesView } from './views/frames.js';
import { logView } from './views/log.js';
import { allTopicIdsView } from './views/topic-ids.js';
import { topicsFile, topicsView } from './views/topics.js';

export interface Parts {
  gateway: Watched;
  login: Login;
  events: Events;
  overview: () => Overview;
  /** Of the gateway. */
  version: string;
  onUnreadCapture: () => void;
}

export function createHandlers(parts: Parts): Handlers {
  const { gateway, login, events, overview, version, onUnreadCapture } = parts;
  const { inspect, watch } = gateway;
  return {
    overview: () => overview(),
    devices: async ({ query, context: c }) =>
      c.body(await devicesJson(gateway, query), 200, { 'Content-Type': 'application/json' }),
    device: ({ path: { client } }) => deviceView(gateway, client) ?? unknownDevice(client),
    buffer: ({ path: { client } }) => {
      const messages = inspect.buffer(client);
      if (messages !== undefined) return bufferView(gateway, client, messages);
      return rowOf(gateway, client) ? bufferView(gateway, client, []) : unknownDevice(client);
    },
    clearBuffer: ({ path: { client } }) => operate(gateway, { command: 'buffer-clear', client }),
    removeMessage: async ({ path: { client, id } }) => {
      const message = inspect.buffer(client)?.find(({ serial }) => String(serial) === id);
      if (message?.progress === 'received') {
        return new Refusal('message-delivered', 'the device has this message already');
      }
      if (message === undefined && rowOf(gateway, client)) {
        return new Refusal('unknown-message', 'no message of this id waits for the device');
      }
      return operate(gateway, { command: 'buffer-remove', client, serial: Number(id) });
    },
    deviceFrames: ({ path: { client }, query }) => {
      const row = rowOf(gateway, client);
      if (row === undefined) return unknownDevice(client);
      const { link, address } = row;
      if (link === null || address === null) return framesView(watch, query, NOWHERE);
      const place = { link, addresses: [address, forwarderOf(address)] };
      return framesView(watch, query, place, (frame) => isOf(frame, address));
    },
    linkFrames: ({ path: { link }, query }) =>
      gateway.linkNames.includes(link)
        ? framesView(watch, query, { link })
        : new Refusal(
            'unknown-link',
            `no link "${link}": there are ${gateway.linkNames.join(', ')}`,
          ),
    disconnect: ({ path: { client } }) => operate(gateway, { command: 'disconnect', client }),
    forget: ({ path: { client } }) => operate(gateway, { command: 'forget', client }),
    approve: async ({ path: { client } }) => {
      const refusal = refusalOf(await gateway.operate({ command: 'approve', client }));
      if (refusal !== undefined) return refusal;
      if (inspect.isApproved(client)) return undefined;
      return new Refusal('too-many-approvals', NOT_APPROVED);
    },
    topics: () => topicsView(gateway.configuration),
    topicIds: ({ query }) => allTopicIdsView(inspect, query),
    exportTopics: ({ query: { format }, context: c }) => {
      const { name, type, text } = topicsFile(gateway.configuration, format);
      const disposition = `attachment; filename="${name}"`;
      return c.body(text, 200, { 'Content-Type': type, 'Content-Disposition': disposition });
    },
    log: ({ query }) => logView(watch.log, query),
    configuration: () => ({ config: { ...redact(gateway.configuration) } }),
    events: ({ context: c }) => whenPipelined(c) ?? events.open(c.req.method),
    capture: captureHandler(gateway, `mqttsn-gateway ${version}`, onUnreadCapture),
    loginState: ({ context: c }) => login.state(c),
    login: ({ context: c, body: { token } }) => login.begin(c, token),
    logout: ({ context: c }) => {
      login.end(c);
      return undefined;
    },
    description: ({ context: c }) => openApi(version, cookieName(c)),
  };
}

const NOT_READY = new Refusal('not-ready', 'the gateway starts or stops; try again');

const unknownDevice = (client: string): Refusal =>
  new Refusal('unknown-device', `nothing is known of a device "${client}"`);

async function operate(gateway: Watched, command: OperatorCommand): Promise<Refusal | undefined> {
  if (rowOf(gateway, command.client) === undefined) return unknownDevice(command.client);
  return refusalOf(await gateway.operate(command));
}

function refusalOf(outcome: OperatorOutcome): Refusal | undefined {
  switch (outcome) {
    case 'done':
      return undefined;
    case 'not-serving':
      return NOT_READY;
    case 'not-kept':
      return new Refusal('not-kept', OPERATION_NOT_KEPT);
    default:
      return outcome satisfies never;
  }
}

/** Where nothing is heard. */
const NOWHERE = { link: '', addresses: [] };

/** Behind a forwarder the address ends with the node; the frame has it in its header. */
const isOf = (frame: NumberedFrame, address: string): boolean =>
  frame.address === address || address === `${frame.address}|${nodeOf(frame.data)}`;

/** Of a device that is behind none, what nobody has for an address. */
const forwarderOf = (address: string): string =>
  address.slice(0, Math.max(0, address.lastIndexOf('|')));

/** The wireless node id in a forwarder's header, as hexadecimal digits (SN 1.2, 5.5). */
function nodeOf(data: Uint8Array): string | undefined {
  if (data[1] !== FORWARDED) return undefined;
  return Buffer.from(data.subarray(NODE_AT, data[0])).toString('hex');
}

const FORWARDED = 0xfe;
const NODE_AT = 3;
