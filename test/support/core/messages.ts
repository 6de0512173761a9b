/** Short forms of the messages that devices send. */
import type { Message } from '../../../src/codec/index.js';
import type { CoreDriver, Place } from './driver.js';

type Of<T extends Message['type']> = Extract<Message, { type: T }>;

export const octets = (text: string): Uint8Array => new TextEncoder().encode(text);

export const connect = (clientId: string, options: Partial<Of<'CONNECT'>> = {}): Message => ({
  type: 'CONNECT',
  will: false,
  cleanSession: true,
  protocolId: 1,
  duration: 60,
  clientId,
  ...options,
});

export const register = (topicName: string, msgId = 1): Message => ({
  type: 'REGISTER',
  topicId: 0,
  msgId,
  topicName,
});

export const publish = (qos: -1 | 0 | 1 | 2, options: Partial<Of<'PUBLISH'>> = {}): Message => ({
  type: 'PUBLISH',
  dup: false,
  qos,
  retain: false,
  topicIdType: 1,
  topicId: 1,
  msgId: qos > 0 ? 1 : 0,
  data: octets('21.5'),
  ...options,
});

export const subscribe = (topicName: string, msgId = 1, qos: 0 | 1 | 2 = 1): Message => ({
  type: 'SUBSCRIBE',
  dup: false,
  qos,
  msgId,
  topicIdType: 0,
  topicName,
});

export const willTopic = (topic = 'will', qos: -1 | 0 | 1 | 2 = 1): Message => ({
  type: 'WILLTOPIC',
  qos,
  retain: false,
  willTopic: topic,
});

export const willMessage = (text = 'gone'): Message => ({ type: 'WILLMSG', willMsg: octets(text) });

export const puback = (topicId: number, msgId: number, returnCode = 0): Message => ({
  type: 'PUBACK',
  topicId,
  msgId,
  returnCode,
});

export const regack = (topicId: number, msgId: number, returnCode = 0): Message => ({
  type: 'REGACK',
  topicId,
  msgId,
  returnCode,
});

/** Connects a device, with the broker agreeing; its CONNACK has been taken. */
export function connected(
  driver: CoreDriver,
  at: string | Place,
  clientId: string,
  options: Partial<Of<'CONNECT'>> = {},
): void {
  driver.send(at, connect(clientId, options));
  if (options.will === true) {
    driver.send(at, willTopic());
    driver.send(at, willMessage());
  }
  accept(driver);
  driver.received(at);
}

/** The broker's yes to the latest `open`. */
export function accept(driver: CoreDriver): void {
  const { token, client } = driver.request('open');
  driver.event({ event: 'opened', token, client });
}

let nextToken = 1;

/** A message from the broker to a device. */
export function message(
  driver: CoreDriver,
  client: string,
  options: { topic?: string; text?: string; qos?: 0 | 1 | 2; retain?: boolean } = {},
): void {
  const { topic = 'pre/one', text = 'x', qos = 1, retain = false } = options;
  driver.event({
    event: 'message',
    client,
    token: qos === 0 ? 0 : nextToken++,
    topic,
    payload: octets(text),
    qos,
    retain,
  });
}
