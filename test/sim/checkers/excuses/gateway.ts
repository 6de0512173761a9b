/** What the gateway says in its own name. */

/** "Devices and the gateway's own topics": no device may publish below `bridge` and `device` of the base topic. */
export const isOfGateway = (topic: string): boolean => OWN.test(topic);

/** No story has a base topic other than the default. */
const OWN = /^mqttsn\/[^/]+\/(bridge|device)\//;
