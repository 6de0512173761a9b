export type { Dial } from './connect-options.js';
export type { DeviceUpstream, Upstream, UpstreamOptions } from './options.js';
export type { OwnTopics } from './own-topics.js';
export { createUpstream } from './router.js';
export type { Time } from './time.js';
