/** Where Home Assistant looks for the gateway and its devices: one retained topic for each of them. */
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
  private readonly prefix: string;

  constructor({ topic, gateway }: DiscoveryPlace) {
    this.gatewayId = `mqttsn_${objectId(gateway)}`;
    this.anyDevice = `${topic}/device/+/config`;
    this.ofGateway = `${topic}/device/${this.gatewayId}/config`;
    this.prefix = `${topic}/device/${this.gatewayId}__`;
  }

  /** Where the configuration of a device is. */
  of(client: string): string {
    return `${this.prefix}${objectId(client)}/config`;
  }

  /** Whose configuration is there; undefined: nobody's. */
  clientOf(topic: string): string | undefined {
    const after = '/config';
    if (!this.isOfDevice(topic) || !topic.endsWith(after)) return undefined;
    return nameOfObjectId(topic.slice(this.prefix.length, -after.length));
  }

  /** Whether it is the configuration of a device of this gateway. */
  isOfDevice(topic: string): boolean {
    return topic.startsWith(this.prefix);
  }
}
