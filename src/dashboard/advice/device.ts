/** Why a device is silent: all that is the matter with it, and with what lies between it and the broker. */
import type { Device } from '../../http/api/schema/devices.js';
import type { Overview } from '../../http/api/schema/overview.js';
import { deliveryFindings } from './delivery.js';
import { byTone, type Finding } from './finding.js';
import { gatewayFindings } from './gateway.js';
import { hearingFinding, linkFindings } from './link.js';
import { requestFindings } from './requests.js';
import { sessionFindings } from './session.js';

export function deviceFindings(
  device: Device,
  overview: Overview | undefined,
  now: number,
): Finding[] {
  const own = [
    ...sessionFindings(device, overview, now),
    ...requestFindings(device, now),
    ...deliveryFindings(device),
  ];
  return byTone([...own, ...surroundings(device.link, overview, now)]);
}

/** Only what keeps a device from being served: the rest is on the overview. */
function surroundings(
  linkName: string | null,
  overview: Overview | undefined,
  now: number,
): Finding[] {
  if (overview === undefined) return [];
  const link = overview.links.find(({ name }) => name === linkName);
  const ofLink = link === undefined ? [] : linkFindings(link, now);
  return [
    ...ofLink.map((finding) => ({ ...finding, what: `Link ${linkName}: ${finding.what}` })),
    ...gatewayFindings(overview, now),
  ].filter(({ tone }) => tone === 'bad' || tone === 'warn');
}

/** Why nothing is known of a device: the first places to look at. */
export function unknownDeviceFindings(
  client: string,
  overview: Overview | undefined,
  now: number,
): Finding[] {
  const links = overview?.links ?? [];
  return [
    {
      id: 'unknown-device',
      tone: 'bad',
      what: `No device has connected with the client id "${client}" (capitals count).`,
      todo:
        'If it is switched on, nothing of it arrives here, or not as MQTT-SN: see below what the links hear. ' +
        'Its settings must be those of the link: address and port, or modem, baud rate, frequency, spreading factor, addressing.',
    },
    ...links.flatMap((link) =>
      [...linkFindings(link, now), hearingFinding(link, now)]
        .filter((finding) => finding !== undefined)
        .map((finding) => ({
          ...finding,
          id: `${link.name} ${finding.id}`,
          what: `Link ${link.name}: ${finding.what}`,
        })),
    ),
    ...(overview === undefined ? [] : gatewayFindings(overview, now)),
  ];
}
