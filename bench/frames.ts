import { encode } from '../src/codec/index.js';

/** A clean session with a keep alive so long that it plays no part. */
export const connectFrame = (clientId: string): Uint8Array =>
  encode({
    type: 'CONNECT',
    will: false,
    cleanSession: true,
    protocolId: 1,
    duration: 3600,
    clientId,
  });

export const registerFrame = (topicName: string): Uint8Array =>
  encode({ type: 'REGISTER', topicId: 0, msgId: 1, topicName });
