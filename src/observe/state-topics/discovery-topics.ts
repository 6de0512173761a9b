/** Where Home Assistant looks for the gateway, its links and its devices: one retained topic for each of them. */
import { nameOfObjectId, objectId } from './names.js';

/** What the topics depend on. */
export interface DiscoveryPlace {
  /** `homeassistant.discovery_topic` */
  topic: string;
  /** The gateway's name. */
  gateway: string;
}

export class DiscoveryTopics {
  /** The gateway, as Home Assistant knows it. */
  readonly gatewayId: string;
  /** A filter; also configurations of others match it. */
  readonly anyDevice: string;
  readonly ofGateway: string;
  private readonly topic: string;
  private readonly prefix: string;

  constructor({ topic, gateway }: DiscoveryPlace) {
    this.topic = topic;
    this.gatewayId = `mqttsn_${objectId(gateway)}`;
    this.anyDevice = `${topic}/device/+/config`;
    this.ofGateway = `${topic}/device/${this.gatewayId}/config`;
    this.prefix = `${topic}/device/${this.gatewayId}__`;
  }

  /** Where the configuration of a device is. */
  of(client: string): string {
    return `${this.prefix}${objectId(client)}/config`;
  }

  /** Where the configuration of a link is. */
  ofLink(name: string): string {
    return `${this.topic}/device/${this.linkId(name)}/config`;
  }

  /** A link, as Home Assistant knows it. No device can be called so: in what they are called two `_` never follow each other. */
  linkId(name: string): string {
    return `${this.gatewayId}__link__${objectId(name)}`;
  }

  /** Whose configuration is there; undefined: nobody's. */
  clientOf(topic: string): string | undefined {
    const after = '/config';
    if (!this.isOfPart(topic) || !topic.endsWith(after)) return undefined;
    return nameOfObjectId(topic.slice(this.prefix.length, -after.length));
  }

  /** Whether it is the configuration of a device or a link of this gateway. */
  isOfPart(topic: string): boolean {
    return topic.startsWith(this.prefix);
  }
}
