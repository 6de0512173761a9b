/** Codes of links and modems. */
import type { Row } from './row.js';

export const LINKS = {
  LINK_READY: { cause: 'A modem works, for the first time or again.', remedy: 'Nothing.' },
  LINK_PORT_UNAVAILABLE: {
    cause:
      'A serial port cannot be opened, or a device server does not answer. It is tried again; sessions stay.',
    remedy:
      'The line says why. `ports` lists what is there, `doctor` names the group that may open it and who else holds it.',
  },
  LINK_PORT_LOST: {
    cause:
      'A port was open and is gone: unplugged, or the device server ended. It is opened again; sessions stay.',
    remedy: 'Plug it in. If it goes by itself: supply, cable, USB hub.',
  },
  LINK_NOISE: {
    cause: 'Octets from a modem made no sense; how many, and why. Told once a minute at most.',
    remedy:
      'A little is normal on a radio. Much is a wrong baud rate, a loose plug, or another protocol.',
  },
  LINK_CONGESTED: {
    cause:
      'The air of a link has room for answers only; new connections and subscriptions hear "congestion".',
    remedy:
      'If that is often so: shorter topics, QoS 0, longer sleep, a smaller spreading factor, a second modem. `airtime` tells what a frame costs.',
  },
  LINK_CONGESTION_OVER: { cause: 'The air of a link has room again.', remedy: 'Nothing.' },
  LINK_AIR_TIME_REDUCED: {
    cause:
      'The disk fails, and a modem uses no more of the hour than what is known on disk allows.',
    remedy: 'Mend the disk: see `STORE_FAILING`.',
  },
  LINK_AIR_TIME_RESTORED: {
    cause: 'The air time of a modem is kept on disk again.',
    remedy: 'Nothing.',
  },
  LINK_RECEIVE_BUFFER_SMALL: {
    cause:
      'The system grants a smaller receive buffer than was asked for; bursts of datagrams may be lost.',
    remedy: 'Install `deploy/99-mqttsn-gateway.conf`.',
  },
  LINK_MULTICAST_FAILED: {
    cause:
      'A multicast group cannot be joined: devices cannot search for the gateway. It is tried again.',
    remedy: 'Look at `multicast.interface` and the network.',
  },
  LINK_MULTICAST_JOINED: {
    cause: 'The multicast group could be joined after all.',
    remedy: 'Nothing.',
  },
  LINK_SEND_FAILED: {
    cause: 'The system could not send a datagram.',
    remedy: 'The line says why; the device is tried again as the protocol has it.',
  },
  LINK_SOCKET_ERROR: {
    cause: 'The socket of a link reports an error.',
    remedy: 'The line says which; nothing, if it is rare.',
  },
  LINK_SOURCE_PORT_ZERO: {
    cause: 'A datagram came from port 0, which cannot be answered.',
    remedy: 'Mend its sender.',
  },
  MODEM_SILENT: {
    cause: 'Nothing answers at the port: the wrong port, the wrong baud rate, or no power.',
    remedy: '`ports` lists the ports, `modem probe` finds the baud rate.',
  },
  MODEM_WRONG_MODE: {
    cause: 'Something speaks at the port, but not the language of this modem.',
    remedy: 'The line says what it looks like: another `modem`, or another mode of it.',
  },
  MODEM_WRONG_BAUD_RATE: {
    cause: 'What comes from the port looks like another baud rate.',
    remedy: 'Set `baudrate`; `modem probe` finds it.',
  },
  MODEM_SETTING_REFUSED: {
    cause: 'The modem does not take a setting.',
    remedy: 'Look at `radio` of the link and the manual of the modem: its band, its firmware.',
  },
  MODEM_RESET: {
    cause: 'The modem has started anew by itself.',
    remedy: 'Look at its supply: sending takes the most.',
  },
  MODEM_NETWORK_DOWN: {
    cause: 'The modem has no network.',
    remedy: 'Look at the coordinator: channel, PAN id, key.',
  },
  MODEM_FAULT: { cause: 'The modem complains of itself.', remedy: 'The line says of what.' },
  GATEWAY_HEARD: {
    cause: 'Another gateway announces itself on a link.',
    remedy: 'Nothing; their `gateway.id` must differ.',
  },
} satisfies Readonly<Record<string, Row>>;
