/** Devices that promises do not hold for, or not yet. */
import type { StateName } from '../../../../src/core/types.js';
import type { Scene } from '../../watcher.js';
import {
  type DevicePlan,
  isHonest,
  isLimited,
  keepsSession,
  periodMs,
  placeOnRadio,
  ruleOf,
  victimOf,
} from '../support.js';

/** Without DTLS the client id is the identity: whoever says CONNECT in its name, or forges its address, is the device. */
export const hasImpostor = ({ story }: Scene, device: string): boolean => {
  const { devices } = story.scene;
  const plan = devices.find(({ id }) => id === device);
  return devices.some(
    (one) => victimOf(story, one.id) === device || (plan !== undefined && repeats(one, plan)),
  );
};

/** Who puts no header of its own before what it says may say again, on its radio, what another has said with header and all. */
const repeats = ({ kind, radio, header }: DevicePlan, other: DevicePlan): boolean =>
  kind === 'hostile' &&
  header === 'none' &&
  radio !== undefined &&
  placeOnRadio(other)?.link === radio &&
  (other['header'] === 'fe' || other['header'] === 'radiohead');

/** Devices of good will that nobody else speaks for: all promises hold for them, whatever others do. */
export function honestOf(scene: Scene): DevicePlan[] {
  return scene.story.scene.devices.filter((plan) => isHonest(plan) && !hasImpostor(scene, plan.id));
}

/**
 * "Whose frame it is": an impostor has said CONNECT from the device's place under a name of its own, or an invented one. Whoever
 * says PINGREQ there is that one until the device connects again itself, which it has no reason to do.
 */
export function placeIsTaken(
  scene: Scene,
  plan: DevicePlan,
  holdersOf: (link: string, address: string) => readonly string[],
): boolean {
  const honest = new Set(scene.story.scene.devices.filter(isHonest).map(({ id }) => id));
  const [onNetwork, onRadio] = [scene.addressOf(plan.id), placeOnRadio(plan)];
  const holders = [
    ...(onNetwork === undefined ? [] : holdersOf('lan', onNetwork)),
    ...(onRadio === undefined ? [] : holdersOf(onRadio.link, onRadio.address)),
  ];
  return hasImpostor(scene, plan.id) && holders.some((holder) => !honest.has(holder));
}

/** Whether the broker sees this device with a connection of its own. */
export const isTransparent = (scene: Scene, device: string): boolean =>
  (ruleOf(scene, device)?.mode ?? (scene.story.config['mqtt'] as { mode?: string }).mode) ===
  'transparent';

/** In whose session at the broker its messages wait: its own, or that of the gateway, which has no name here. */
export const sessionOf = (scene: Scene, client: string): string =>
  scene.devices.has(client) && isTransparent(scene, client) ? client : '';

/** A device that has rebooted does not know what it had heard before. */
export const hasRebooted = (scene: Scene, device: string): boolean =>
  (scene.devices.get(device)?.ledger.reboots ?? 0) > 0;

/** Its power fails as long as it is on: it may be without a connection at any moment. */
export const rebootsByItself = ({ reboots }: DevicePlan): boolean => reboots !== undefined;

/** A device that was thrown out forgets the QoS 2 exchanges of its session, as firmware does. */
export const wasThrownOut = (scene: Scene, device: string): boolean =>
  (scene.devices.get(device)?.ledger.thrownOut ?? 0) > 0;

/**
 * What a device has not fetched yet waits on the disk: with `sleep.per_wake` a long queue needs more wake-ups than a story has; the
 * air of a radio is slow and rationed, and its modem deaf for a moment when it has sent, which is when a device answers; a device that
 * reboots all the time has no wake-ups, and one that only ever connects, publishes and sleeps again leaves no time for an
 * answer to REGISTER. That it is sent something all the same is the business of `waiting`.
 */
export const mayStillWait = (scene: Scene, plan: DevicePlan): boolean =>
  takesFew(scene, plan) ||
  placeOnRadio(plan) !== undefined ||
  rebootsByItself(plan) ||
  (plan.kind === 'sensor' && (plan['measure_every'] ?? 1) === 1);

/**
 * "The allowance of an hour": while it is used up, what a device has still to answer is not sent again. A wake-up ends without that.
 */
export const waitsForAir = (scene: Scene, plan: DevicePlan): boolean =>
  placeOnRadio(plan) !== undefined && isLimited(scene);

/**
 * "Known limit of transparent devices": a clean session that a restart has kept for its will has no connection for what its device had
 * sent, and as long as that asks in vain to be let in it does not end.
 */
export const waitsForWill = (scene: Scene, plan: DevicePlan): boolean =>
  isTransparent(scene, plan.id) && !keepsSession(plan) && plan['will'] !== undefined;

/** `sleep.per_wake`: who sleeps gets two messages at each wake-up. */
export const takesFew = ({ story }: Scene, { kind }: DevicePlan): boolean =>
  kind === 'sensor' &&
  (story.config['defaults'] as { sleep?: { per_wake?: number } } | undefined)?.sleep?.per_wake ===
    2;

/**
 * "Known limits": what a transparent device and the broker have begun at QoS 2 waits for the device's next connection. It has
 * none, for the gateway, when everything else has come to rest.
 */
export function waitsForConnection(
  scene: Scene,
  client: string,
  state: StateName | undefined,
): boolean {
  if (!isTransparent(scene, client)) return false;
  const plan = scene.story.scene.devices.find(({ id }) => id === client);
  const mayBeOff = plan !== undefined && rebootsByItself(plan);
  const isForgotten = state === undefined && scene.lostMemory.length > 0;
  return state === 'LOST' || state === 'DISCONNECTED' || isForgotten || mayBeOff;
}

/**
 * "Known limits": each change of a will is a new connection, and one that does not last for a minute does not tell what the broker has
 * done with.
 */
export function renewsTooOften(scene: Scene, client: string): boolean {
  const plan = scene.story.scene.devices.find(({ id }) => id === client);
  if (plan?.['changes_will_every'] === undefined || !isTransparent(scene, client)) return false;
  const reportsMs = Number(plan['measure_every'] ?? 1) * periodMs(plan);
  return reportsMs * Number(plan['changes_will_every']) < REPETITION_MS;
}

/** What the broker does not mention for so long on a new connection, it has done with. */
const REPETITION_MS = 60_000;

/**
 * "Known limit of transparent devices", as above: who means no good has no reason to come back for what it has begun. "`limits.devices`
 * reached": and it may keep others out.
 */
export const isBesieged = ({ story }: Scene): boolean =>
  story.scene.devices.some(({ kind }) => kind === 'hostile');
