/** The keys of links, for each type of link. */
import { z } from 'zod';
import { MODEM_NAMES, modemFacts } from '../modems/registry.js';
import { linkName, multicastGroup, topicFilter } from './checks.js';
import {
  codingRate,
  duration,
  file,
  flag,
  frequency,
  hexSecret,
  integer,
  list,
  listenAddress,
  oneOf,
  port,
  section,
  sectionsByType,
  share,
  size,
  text,
} from './kinds.js';
import * as serialRules from './link-rules.js';
import { inWords, traitsOf } from './modem-traits.js';
import * as rules from './rules.js';

const name = text('Name in logs and metrics, unique.', { check: linkName }).meta({
  examples: ['lan'],
});

const qosMinusOne = section(
  'Accepts QoS -1, publishing without a connection. Default: it is dropped.',
  {
    topics: list('Topic filters that may be published to.', text('', { check: topicFilter }))
      .min(1, { error: 'must have at least one topic filter' })
      .meta({ examples: [['sensors/#']] }),
  },
).optional();

const udp = section('Devices in the network, by UDP.', {
  name,
  type: z
    .literal('udp')
    .describe('Kind of the link: udp.')
    .meta({ examples: ['udp'] }),
  listen: listenAddress('Where datagrams of devices arrive.').prefault('0.0.0.0:1883'),
  multicast: section('Joins a multicast group, so that devices can find the gateway.', {
    group: text('Address of the group.', { check: multicastGroup }).meta({
      examples: ['225.1.1.1'],
    }),
    port: integer('UDP port of the group.', 1, 65535).prefault(1883),
    interface: text(
      'Address of the interface to join on, for IPv6 as ::%eth0. Default: that of `listen`, or the system chooses.',
    )
      .meta({ examples: ['192.0.2.10'] })
      .optional(),
  }).optional(),
  qos_minus_one: qosMinusOne,
  allow_padding: flag('Accepts messages with octets after their end, for links that pad.').prefault(
    false,
  ),
  max_message: size(
    'Largest MQTT-SN message the link carries; larger datagrams are dropped.',
    16,
    65507,
  ).prefault(1472),
  receive_buffer: size(
    'Receive buffer to ask the system for, so that bursts are not lost.',
    '1KiB',
    '1GiB',
  ).prefault('4MiB'),
}).superRefine(...rules.multicastOfSameFamily);

/** An octet, as an address of RadioHead; RYLR has two. */
const NODE_ADDRESS_MAX = 65535;

const radio = section(
  'The radio. LoRa modems are set to it; for the others it says what they are set to, so that the air time can be counted.',
  {
    frequency: frequency('Centre of the channel.', '100MHz', '3GHz')
      .meta({ examples: ['869.525MHz'] })
      .optional(),
    spreading_factor: integer('LoRa: the higher, the farther and slower.', 5, 12)
      .meta({ examples: [9] })
      .optional(),
    bandwidth: frequency('Width of the channel.', '1kHz', '2MHz').prefault('125kHz'),
    coding_rate: codingRate('LoRa: how much is sent for safety. Default: 4/5.')
      .meta({ examples: ['4/5'] })
      .optional(),
    preamble: integer('LoRa: symbols before each frame. Default: 8, for rylr 12.', 5, 65535)
      .meta({ examples: [8] })
      .optional(),
    sync_word: integer(
      'LoRa: what frames of this network begin with, 0x12 mostly. Default: that of the modem.',
      0,
      255,
    )
      .meta({ examples: [0x12] })
      .optional(),
    power: integer('Power at the antenna connector in dBm. Default: that of the modem.', -20, 30)
      .meta({ examples: [14] })
      .optional(),
    bitrate: integer('FSK: bits in one second on the air.', 100, 10_000_000)
      .meta({ examples: [55555] })
      .optional(),
    bytes_per_second: integer(
      'Other radios: octets that they carry in one second, as measured; an EBYTE module at its 2.4k carries about 65.',
      1,
      1_000_000,
    )
      .meta({ examples: [65] })
      .optional(),
    region: oneOf(
      'Whose law counts, `free` for any other. Default: that of the frequency, where it is known.',
      ['EU868', 'EU433', 'US902', 'free'],
    )
      .meta({ examples: ['EU868'] })
      .optional(),
    duty_cycle: share(
      'With region `free`: share of each hour that this modem may send. Default: all of it.',
    )
      .meta({ examples: ['1%'] })
      .optional(),
  },
);

const ebyte = section('How an EBYTE module is set, for modem ebyte-transparent and ebyte-fixed.', {
  family: oneOf('What its name begins with.', ['e32', 'e22', 'e220']).meta({ examples: ['e22'] }),
  sub_packet: integer(
    'Octets in one packet on the air. Default: as from the factory (e32 58, e22 240, e220 200).',
    32,
    240,
  )
    .meta({ examples: [240] })
    .optional(),
  rssi: flag('The module appends the strength of each packet (e22, e220).').prefault(false),
  channel: integer('Channel that all modules share, for ebyte-fixed.', 0, 83)
    .meta({ examples: [18] })
    .optional(),
  device_address: integer(
    'Module of the only device, for ebyte-fixed without addressing. Default: all modules.',
    0,
    65535,
  )
    .meta({ examples: [3] })
    .optional(),
});

const xbee = section('For modem xbee.', {
  configure: flag('Switches a module in transparent mode to API mode 2, for good.').prefault(false),
  rssi: flag('Asks for the signal strength of the last hop after each message (Zigbee).').prefault(
    false,
  ),
  dialect: oneOf('How to speak to devices not heard of yet; `auto` goes by the module.', [
    'auto',
    'zigbee',
    '802.15.4',
  ]).prefault('auto'),
  extended_timeout: flag(
    'Waits for sleeping end devices to fetch a message; nothing else is sent meanwhile (Zigbee).',
  ).prefault(false),
  fragment: flag('Lets the module cut long messages into pieces (Zigbee).').prefault(false),
  explicit: section('Sends with explicit addressing, for Zigbee networks that demand it.', {
    source_endpoint: integer('Endpoint of the gateway.', 0, 255).prefault(0xe8),
    destination_endpoint: integer('Endpoint of devices.', 0, 255).prefault(0xe8),
    cluster: integer('Cluster id.', 0, 65535).prefault(0x11),
    profile: integer('Profile id.', 0, 65535).prefault(0xc105),
  }).optional(),
});

const rn2483 = section('For modem rn2483.', {
  query_signal: flag(
    'Asks for the signal strength after each message; the radio is deaf meanwhile.',
  ).prefault(false),
});

const rylr = section('For modem rylr.', {
  network_id: integer('Network id: 3 to 15 or 18 (RYLR998), 0 to 16 (RYLR896).', 0, 18).prefault(
    18,
  ),
  encoding: oneOf(
    'How devices write messages, of which the module takes 240 characters: 120 octets in hex, 180 in base64. `raw` is not documented.',
    ['hex', 'base64', 'raw'],
  ).prefault('hex'),
  password: hexSecret(
    'Password of the network (CPIN), 8 (RYLR998) or 32 (RYLR896) hexadecimal digits. Default: what the module has. In a file it is safer: see password_file.',
    [8, 32],
  )
    .meta({ examples: ['${RYLR_PASSWORD}'] })
    .optional(),
  password_file: file('File with the password.', 'secret')
    .meta({ examples: ['/run/secrets/rylr'] })
    .optional(),
}).superRefine(...rules.onePassword);

const aquila = section('For modem aquila.', {
  pan: integer('Network of the devices.', 0, 255).prefault(1),
  key: hexSecret(
    'Key of the network, 32 hexadecimal digits. Default: no encryption. In a file it is safer: see key_file.',
    [32],
  )
    .meta({ examples: ['${AQUILA_KEY}'] })
    .optional(),
  key_file: file('File with the key.', 'secret')
    .meta({ examples: ['/run/secrets/aquila'] })
    .optional(),
  pairing: section('Lets one new device in at the start; nothing else works meanwhile.', {
    address: integer('Address that it gets; nobody else may have it.', 1, 253).meta({
      examples: [12],
    }),
    window: duration('How long the device may take.', '1s', '1h').prefault('60s'),
  }).optional(),
}).superRefine(...rules.oneKey);

const loralink = section('For modem loralink.', {
  transmit_port: port(
    'Port of a second modem, as Paho has it: messages go to this one, and the other one receives.',
  )
    .meta({ examples: ['/dev/serial/by-id/usb-STMicroelectronics_Tx-if00'] })
    .optional(),
});

const serial = section('Devices behind a modem on a serial port.', {
  name: name.meta({ examples: ['field'] }),
  type: z
    .literal('serial')
    .describe('Kind of the link: serial.')
    .meta({ examples: ['serial'] }),
  port: port(
    'Path of the port, best below /dev/serial/by-id, which stays the same; or tcp://host:port of a device server such as ser2net.',
  ).meta({ examples: ['/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0'] }),
  modem: oneOf('Kind of the modem.', MODEM_NAMES).meta({ examples: ['rn2483'] }),
  baudrate: integer(
    `Speed of the line. Default: ${inWords((name) => modemFacts(name).defaultBaudRate)}.`,
    300,
    4_000_000,
  )
    .meta({ examples: [57600] })
    .optional(),
  rtscts: flag('Hardware flow control, where RTS and CTS are wired.').prefault(false),
  addressing: oneOf(
    'How devices are told apart behind a modem that does not do it: `none` is one device, `fe` the header of forwarders, `radiohead` the header of RadioHead. Default: none for raw, slip, cobs and hdlc, fe for ebyte-fixed.',
    ['none', 'fe', 'radiohead'],
  )
    .meta({ examples: ['radiohead'] })
    .optional(),
  node_address: integer(
    'Address of the gateway, for addressing radiohead (up to 254) and modem rylr. Default: 1.',
    0,
    NODE_ADDRESS_MAX,
  )
    .meta({ examples: [1] })
    .optional(),
  acknowledge: flag(
    'With addressing radiohead: answers what RHReliableDatagram sends, which it repeats otherwise. Costs a frame on the air for each. Default: false.',
  )
    .meta({ examples: [false] })
    .optional(),
  radio: radio.optional(),
  ebyte: ebyte.optional(),
  xbee: xbee.optional(),
  rn2483: rn2483.optional(),
  rylr: rylr.optional(),
  aquila: aquila.optional(),
  loralink: loralink.optional(),
  turnaround: duration(
    'Time that a device needs after it has sent until it hears. Default: 50ms on the air, 0ms on a wire.',
    '0ms',
    '10s',
  )
    .meta({ examples: ['50ms'] })
    .optional(),
  broadcast: flag('Whether the link carries ADVERTISE; see gateway.advertise.').prefault(true),
  qos_minus_one: qosMinusOne,
  max_message: size(
    `Largest MQTT-SN message the link carries; a modem may take less. Default: ${inWords((name) => traitsOf(name).maxMessageBytes)}.`,
    16,
    65535,
  )
    .meta({ examples: [255] })
    .optional(),
})
  .superRefine(...serialRules.keysOfTheModem)
  .superRefine(...serialRules.addressingThatWorks)
  .superRefine(...serialRules.ebyteAsItIs)
  .superRefine(...serialRules.radioThatCanBePaced);

/** What comes later is told apart from what nobody knows. */
function later(type: unknown): string | undefined {
  switch (type) {
    case 'tcp':
      return 'is not available yet: tcp links; for a modem behind TCP use serial with `port: tcp://host:port`';
    case 'dtls':
      return 'is not available yet: dtls links; use udp';
    default:
      return undefined;
  }
}

export const link = sectionsByType('A link.', [udp, serial], later);

export type LinkConfig = z.output<typeof link>;
export type SerialLinkConfig = z.output<typeof serial>;
export type RadioConfig = z.output<typeof radio>;

/** Sections that are not there mean the same as empty ones. */
export const MODEM_DEFAULTS = {
  xbee: xbee.parse({}),
  rn2483: rn2483.parse({}),
  rylr: rylr.parse({}),
  aquila: aquila.parse({}),
};
