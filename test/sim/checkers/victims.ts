/**
 * Whom a full buffer loses: a message at QoS 0, if one waits, and of its kind the oldest or the newest, as the policy has it. A drop does not
 * name its message; but who is sent later has waited then, and somebody who was not has to have been the better victim.
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import { CODE } from '../../../firmware-sim/sn/messages.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { honestOf } from './excuses/index.js';
import { bufferPolicy, commandIn, filtersOf, isOfTeam, textOf } from './support.js';

interface Command {
  text: string;
  /**
   * When the broker has sent what could wait: more than once after an outage, or to who asks for it anew. Neither what came while its
   * device was gone, nor what an earlier life had in memory alone.
   */
  came: number[];
  isQos0: boolean;
  /** By this life of the gateway, first. */
  sentAt?: number;
  /** When its device did not know the topic id, and until it was sent again: it waits once more then, and may go. */
  refused: { from: number; to: number }[];
}

export const victims: WatcherFactory = (scene): Watcher => {
  const hasTeam = scene.story.scene.devices.some(isOfTeam);
  const plans = hasTeam ? [] : honestOf(scene);
  const commands = new Map(plans.map(({ id }) => [id, new Map<string, Command>()]));
  /** With a filter at QoS 0: who gives up the other one gets what comes for both at QoS 0. */
  const lowly = new Set(
    plans.filter((plan) => filtersOf(plan).some(({ qos = 0 }) => qos === 0)).map(({ id }) => id),
  );
  /** What each has got last under a message id. */
  const got = new Map<string, string>();
  /** In this life: who has lost one, and when. */
  let drops: { device: string; at: number }[] = [];
  let beganAt = 0;

  const judge = (device: string, at: number): void => {
    const policy = bufferPolicy(scene, device);
    const all = [...(commands.get(device)?.values() ?? [])];
    const waited = ({ came: [cameAt = 0, again], sentAt = 0 }: Command): boolean =>
      cameAt < at && at < sentAt && again === undefined;
    // What an earlier life may have sent keeps its place.
    const first = firstSent(all);
    const isBegun = (one: Command): boolean => one === first && (one.came[0] ?? 0) < beganAt;
    const survivors = all.filter((one) => waited(one) && !isBegun(one));
    const mayBeIt = ({ came, isQos0, sentAt, refused }: Command): boolean => {
      const before = came.filter((one) => one <= at);
      const [cameAt, again] = came;
      if (cameAt === undefined || before.length === 0) return false;
      const waits = sentAt === undefined || refused.some(({ from, to }) => from <= at && at < to);
      // Another copy may be the one that was sent.
      if (again !== undefined)
        return waits || before.length > 1 || (again <= sentAt && at < sentAt);
      const isBest = (one: { cameAt: number; isQos0: boolean }): boolean =>
        survivors.every((survivor) => isBefore(policy, one, survivor));
      return (
        waits &&
        (isBest({ cameAt, isQos0 }) || (lowly.has(device) && isBest({ cameAt, isQos0: true })))
      );
    };
    if (all.some(mayBeIt)) return;
    const texts = survivors.map(({ text }) => text).join(', ');
    scene.report(
      `${device}: by ${policy} nobody had to go before ${texts}, and at ${at} ms one went`,
    );
  };
  /** What a life has sent may wait again in the next one. */
  const endLife = (): void => {
    for (const { device, at } of drops) judge(device, at);
    drops = [];
    beganAt = scene.now();
    for (const ofDevice of commands.values()) {
      for (const one of ofDevice.values()) {
        delete one.sentAt;
        one.refused = [];
        // QoS 0 waits in memory alone.
        if (one.isQos0) one.came = [];
      }
    }
  };
  const sent = (_link: string, _address: string | null, data: Uint8Array): void => {
    const message = decode(data);
    if (message?.type !== 'PUBLISH') return;
    const text = textOf(message.payload);
    for (const ofDevice of commands.values()) {
      const one = ofDevice.get(text);
      if (one === undefined) continue;
      one.sentAt ??= scene.now();
      one.isQos0 ||= message.qos === 0;
      for (const wait of one.refused) wait.to = Math.min(wait.to, scene.now());
    }
  };
  return {
    heard: (device, data) => {
      const message = decode(data);
      if (message?.type === 'PUBLISH' && commands.has(device))
        got.set(`${device} ${message.messageId}`, textOf(message.payload));
    },
    said: (device, data) => {
      const message = decode(data);
      if (message?.type !== 'PUBACK' || message.code === CODE.accepted) return;
      const text = got.get(`${device} ${message.messageId}`) ?? '';
      const one = commands.get(device)?.get(text);
      one?.refused.push({ from: scene.now(), to: Number.POSITIVE_INFINITY });
    },
    wireIn: (_connection, what) => {
      const command = commandIn(what);
      const ofDevice = commands.get(command?.device ?? '');
      if (command === undefined || ofDevice === undefined) return;
      const { text, qos } = command;
      const one = ofDevice.get(text) ?? { text, came: [], isQos0: true, refused: [] };
      one.came.push(scene.now());
      // One copy may come at QoS 0, and another not.
      one.isQos0 &&= qos === 0;
      ofDevice.set(text, one);
    },
    notice: (notice) => {
      if (notice.notice !== 'drop' || notice.what !== 'downlink') return;
      const { client: device = '', reason } = notice;
      const ofDevice = commands.get(device);
      if (ofDevice === undefined) return;
      if (reason === 'buffer-full') drops.push({ device, at: scene.now() });
      if (reason !== 'device-offline') return;
      for (const one of ofDevice.values())
        if (one.isQos0 && one.came.at(-1) === scene.now()) one.came.pop();
    },
    frameOut: sent,
    radioOut: sent,
    life: (is) => {
      if (is === 'killed' || is === 'ended') endLife();
    },
    finish: endLife,
  };
};

const firstSent = (all: readonly Command[]): Command | undefined =>
  all
    .filter(({ sentAt }) => sentAt !== undefined)
    .reduce<Command | undefined>(
      (first, one) => ((first?.sentAt ?? Infinity) <= (one.sentAt ?? 0) ? first : one),
      undefined,
    );

/** Whether it goes before one that waits, too. */
function isBefore(
  policy: ReturnType<typeof bufferPolicy>,
  { cameAt, isQos0 }: { cameAt: number; isQos0: boolean },
  { came: [otherAt = 0], isQos0: isOtherQos0 }: Command,
): boolean {
  if (isQos0 !== isOtherQos0) return isQos0;
  if (policy === 'newest-per-topic') return true;
  return policy === 'drop-newest' ? cameAt >= otherAt : cameAt <= otherAt;
}
