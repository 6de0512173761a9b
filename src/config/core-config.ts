import type { CoreConfig, DeviceSettings, LinkSettings, PredefinedTopic } from '../core/config.js';
import type { Config, DeviceConfig, LinkConfig } from './schema.js';
import { maxMessageBytes } from './serial-link.js';

/** What the core needs of a configuration. Device rules are laid over the defaults. */
export function toCoreConfig(config: Config): CoreConfig {
  const { gateway, mqtt, links, topics, devices, defaults, access, limits, store } = config;
  const keepsSessions = store.path !== 'memory';
  const reserved = [`${mqtt.base_topic}/bridge/#`, `${mqtt.base_topic}/device/#`];
  return {
    gwId: gateway.id,
    advertise: {
      enabled: gateway.advertise.enabled,
      intervalSec: gateway.advertise.interval / 1000,
    },
    links: Object.fromEntries(links.map((link) => [link.name, linkSettings(link)])),
    predefinedTopics: topics.predefined.map(predefinedTopic),
    devices: devices.map((rule) => ({
      match: rule.match,
      settings: { ...deviceSettings(laidOver(defaults, rule)), reserved },
    })),
    defaults: { ...deviceSettings(defaults), reserved },
    access: { unknownDevices: access.unknown_devices },
    keepsSessions,
    offline: {
      messages: keepsSessions ? mqtt.offline.messages : 0,
      bytes: mqtt.offline.bytes,
      ageMs: mqtt.offline.age,
      qos0: mqtt.offline.qos0,
    },
    limits: {
      devices: limits.devices,
      datagramsPerSecondPerDevice: limits.datagrams_per_second_per_device,
    },
  };
}

function linkSettings(link: LinkConfig): LinkSettings {
  const qosMinusOne = link.qos_minus_one && { qosMinusOne: link.qos_minus_one };
  switch (link.type) {
    case 'udp':
      return {
        maxMessageBytes: link.max_message,
        isPaced: false,
        broadcast: link.multicast !== undefined,
        allowPadding: link.allow_padding,
        ...qosMinusOne,
      };
    case 'serial':
      return {
        maxMessageBytes: maxMessageBytes(link),
        isPaced: true,
        broadcast: link.broadcast,
        // The drivers take what is one message by its own length and nothing else.
        allowPadding: false,
        ...qosMinusOne,
      };
    default:
      return link satisfies never;
  }
}

function predefinedTopic({
  id,
  topic,
  clients,
}: Config['topics']['predefined'][number]): PredefinedTopic {
  return { id, topic, ...(clients && { clients }) };
}

type Settings = Config['defaults'];

/** The rule's keys where it has them, the defaults' elsewhere, section by section. */
function laidOver(defaults: Settings, rule: DeviceConfig): Settings {
  return {
    max_message: rule.max_message ?? defaults.max_message,
    retry: { ...defaults.retry, ...given(rule.retry) },
    sleep: { ...defaults.sleep, ...given(rule.sleep) },
    allow: rule.allow || defaults.allow ? { ...defaults.allow, ...given(rule.allow) } : undefined,
    will_update: rule.will_update ?? defaults.will_update,
    resume_on_wake: rule.resume_on_wake ?? defaults.resume_on_wake,
  };
}

/** The keys that have a value. */
function given<T extends object>(section: T | undefined): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(section ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}

function deviceSettings(settings: Settings): DeviceSettings {
  const { retry, sleep, allow } = settings;
  return {
    maxMessageBytes: settings.max_message,
    retry: { intervalMs: retry.interval, count: retry.count },
    sleep: {
      messages: sleep.messages,
      bytes: sleep.bytes,
      ageMs: sleep.age,
      policy: sleep.policy,
      perWake: sleep.per_wake,
      gapMs: sleep.gap,
    },
    ...(allow && { allow: given(allow) }),
    willUpdate: settings.will_update,
    resumeOnWake: settings.resume_on_wake,
  };
}
