/**
 * What Home Assistant reads to know the gateway, its links and its devices by itself (MQTT discovery of devices, since
 * 2024.11): one retained topic for each of them, so that removing it removes all of it. A link is a device of its own, too:
 * an entity that is only left out of its device stays there for ever, and a later run does not know what it was called.
 */
import type { DeviceSummary } from '../../core/inspect/inspection.js';
import type { Signal } from '../../core/types.js';
import { type DiscoveryPlace, DiscoveryTopics } from './discovery-topics.js';
import type { LinkFacts } from './facts.js';
import { type Names, objectId } from './names.js';

type Component = Readonly<Record<string, unknown>>;

const ORIGIN = { name: 'mqttsn-gateway' };

export class Discovery {
  readonly topics: DiscoveryTopics;

  constructor(
    private readonly place: DiscoveryPlace,
    private readonly names: Names,
    private readonly version: string,
  ) {
    this.topics = new DiscoveryTopics(place);
  }

  gatewayConfig(): string {
    const {
      place: { gateway },
      topics: { gatewayId },
      names,
    } = this;
    const components = Object.fromEntries<Component>([
      [
        'connectivity',
        {
          platform: 'binary_sensor',
          name: 'Connectivity',
          unique_id: `${gatewayId}_connectivity`,
          device_class: 'connectivity',
          entity_category: 'diagnostic',
          state_topic: names.bridgeState,
          payload_on: 'online',
          payload_off: 'offline',
        },
      ],
      this.ofHealth('devices', 'Connected devices', 'value_json.connected', MEASURED),
      this.ofHealth('buffered', 'Buffered messages', 'value_json.buffered.messages', MEASURED),
    ]);
    return JSON.stringify({
      device: {
        identifiers: [gatewayId],
        name: `MQTT-SN gateway ${gateway}`,
        manufacturer: 'mqttsn-gateway',
        sw_version: this.version,
      },
      origin: ORIGIN,
      components,
    });
  }

  linkConfig({ name, signal }: LinkFacts): string {
    const { gatewayId } = this.topics;
    const linkId = this.topics.linkId(name);
    const id = `link_${objectId(name)}`;
    const value = `value_json.links[${JSON.stringify(name)}]`;
    const components = Object.fromEntries<Component>([
      this.ofHealth(id, 'Connectivity', `'ON' if ${value}.state == 'up' else 'OFF'`, {
        platform: 'binary_sensor',
        device_class: 'connectivity',
      }),
      ...knownOf(signal).map(([_value, key, what, field, more]) =>
        this.ofHealth(`${id}__${key}`, what, `${value}.${field}`, more),
      ),
      this.ofHealth(`${id}__last_heard`, 'Last heard', `${value}.last_heard`, {
        device_class: 'timestamp',
      }),
    ]);
    return JSON.stringify({
      device: {
        identifiers: [linkId],
        name: `Link ${name} of ${this.place.gateway}`,
        via_device: gatewayId,
      },
      origin: ORIGIN,
      components,
    });
  }

  /** What the gateway tells of itself, which says nothing once it is gone. */
  private ofHealth(
    id: string,
    name: string,
    value: string,
    more: Component,
  ): [id: string, Component] {
    return [
      id,
      {
        platform: 'sensor',
        name,
        unique_id: `${this.topics.gatewayId}_${id}`,
        state_topic: this.names.health,
        value_template: `{{ ${value} }}`,
        entity_category: 'diagnostic',
        availability: [{ topic: this.names.bridgeState }],
        ...more,
      },
    ];
  }

  deviceConfig({ client, signal }: DeviceSummary): string {
    const { gatewayId } = this.topics;
    const id = `${gatewayId}__${objectId(client)}`;
    const sensor = (
      key: string,
      name: string,
      template: string,
      more: Component,
    ): [string, Component] => [
      key,
      {
        platform: 'sensor',
        name,
        unique_id: `${id}_${key}`,
        value_template: template,
        entity_category: 'diagnostic',
        ...more,
      },
    ];
    const signals = knownOf(signal).map(([_value, key, name, field, more]) =>
      sensor(key, name, `{{ value_json.${field} }}`, more),
    );
    const components = Object.fromEntries<Component>([
      sensor(
        'connectivity',
        'Connectivity',
        "{{ 'ON' if value_json.availability == 'online' else 'OFF' }}",
        {
          platform: 'binary_sensor',
          device_class: 'connectivity',
        },
      ),
      ...signals,
      sensor('last_heard', 'Last heard', '{{ value_json.last_heard }}', {
        device_class: 'timestamp',
      }),
      sensor('buffered', 'Buffered messages', '{{ value_json.buffered.messages }}', MEASURED),
    ]);
    return JSON.stringify({
      device: { identifiers: [id], name: client, via_device: gatewayId },
      origin: ORIGIN,
      state_topic: this.names.device(client),
      availability: [{ topic: this.names.bridgeState }],
      components,
    });
  }
}

const MEASURED: Component = { state_class: 'measurement' };
const DBM: Component = {
  device_class: 'signal_strength',
  unit_of_measurement: 'dBm',
  ...MEASURED,
};
const DB: Component = { unit_of_measurement: 'dB', ...MEASURED };

/** What may be known of how well something is heard: its key, what it is called, where its value is, and what it is. */
const SIGNALS = [
  ['rssiDbm', 'rssi', 'Signal', 'rssi_dbm', DBM],
  ['snrDb', 'snr', 'Signal to noise', 'snr_db', DB],
  ['lqi', 'lqi', 'Link quality', 'lqi', MEASURED],
] as const;

const knownOf = (signal: Signal | undefined): (typeof SIGNALS)[number][] =>
  SIGNALS.filter(([value]) => signal?.[value] !== undefined);
