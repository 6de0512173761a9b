export type { DecodeError } from './codec.js';
export { type Decoded, decode, type Malformed } from './decode.js';
export { type Encapsulated, encapsulationBytes } from './encapsulated.js';
export { encapsulate, encode } from './encode.js';
export { NORMAL, PREDEFINED, type Qos, SHORT, type TopicIdType } from './flags.js';
export { RETURN_CODE, returnCodeText } from './return-codes.js';
export { codecs, type Message, type MessageType } from './table.js';
export { hasWildcard, isValidFilter, isValidTopic, matchesFilter, unshared } from './topics.js';
export { MESSAGE_BYTES_MAX, textBytes } from './wire.js';
