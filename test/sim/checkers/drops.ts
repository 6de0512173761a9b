/**
 * A drop is told once, and only a drop: of what the broker has handed to the gateway for a device, no more is named than the
 * gateway cannot know to be there, and none for want of room while there is some. (That none goes unnamed is the business of
 * `loss`.)
 */
import { decode } from '../../../firmware-sim/sn/decode.js';
import type { Watcher, WatcherFactory } from '../watcher.js';
import { goesWithEnd, honestOf, isBesieged } from './excuses/index.js';
import { bufferMax, commandIn, isOfTeam, keepsSession, textOf } from './support.js';

class Account {
  /** By text, how often the broker has sent it. */
  readonly owed = new Map<string, number>();
  /** What the gateway knows delivered, and since when: once, for what a broker sends again may be dropped. */
  readonly settled = new Map<string, number>();
  /** Texts that the device has still to acknowledge, by message id. */
  readonly open = new Map<number, string>();
  /** What it has acknowledged with its latest frame. */
  answered: string | undefined;
  /** When drops were told. */
  readonly told: number[] = [];
  /** Of them those that a crash may have made undone on the disk, so that they come again: their places. */
  readonly forgotten = new Set<number>();

  /** It was dropped while its answer was on the way, or sent by an earlier process: the gateway does not know what is answered. */
  answeredTooLate(): void {
    const { answered, settled } = this;
    if (answered !== undefined) settled.delete(answered);
  }

  get missing(): number {
    const owed = [...this.owed.values()].reduce((sum, count) => sum + count, 0);
    // Others may publish where its commands come.
    return owed - [...this.settled.keys()].filter((text) => this.owed.has(text)).length;
  }

  /** How many may wait for the device at most. */
  get waiting(): number {
    return this.missing - this.told.length + this.forgotten.size;
  }
}

/** What the device has is in its buffer until it has heard PUBREL: one at a time. */
const RELEASES_MAX = 1;

/** Why an answer of a device settles nothing. */
const IN_VAIN: ReadonlySet<string> = new Set([
  'unexpected-answer',
  'unknown-sender',
  'wrong-state',
]);

export const drops: WatcherFactory = (scene): Watcher => {
  // A team gets what is meant for anybody, and so what is said in the name of somebody else: that has no ledger.
  const plans = honestOf(scene).filter(
    (plan) => keepsSession(plan) && !(isOfTeam(plan) && isBesieged(scene)),
  );
  const accounts = new Map(plans.map(({ id }) => [id, new Account()]));
  /** To any of them may go what is meant for one. */
  const team = plans.filter(isOfTeam).map(({ id }) => id);
  /** By link and address, who speaks from there. */
  const clients = new Map<string, string>();
  const accountAt = (link: string, address: string | null): Account | undefined =>
    accounts.get(clients.get(`${link} ${address}`) ?? '');

  const heard = (link: string, address: string, data: Uint8Array): void => {
    const [account, message] = [accountAt(link, address), decode(data)];
    if (account === undefined) return;
    account.answered = undefined;
    const isAnswer =
      message?.type === 'PUBREC' || (message?.type === 'PUBACK' && message.code === 0);
    if (!isAnswer) return;
    account.answered = account.open.get(message.messageId);
    if (account.answered === undefined) return;
    account.open.delete(message.messageId);
    account.settled.set(account.answered, scene.now());
  };
  const sent = (link: string, address: string | null, data: Uint8Array): void => {
    const [account, message] = [accountAt(link, address), decode(data)];
    if (message?.type !== 'PUBLISH') return;
    const text = textOf(message.payload);
    if (message.qos === 0) account?.settled.set(text, scene.now());
    else account?.open.set(message.messageId, text);
  };
  /** Once for each device is enough. */
  const blamed = new Set<string>();
  const makesRoom = (device: string, { waiting }: Account): void => {
    const most = bufferMax(scene, device);
    if (waiting + RELEASES_MAX > most || blamed.has(device)) return;
    blamed.add(device);
    scene.report(`${device}: there is room for ${most}, and one of ${waiting} messages has to go`);
  };
  return {
    notice: (notice) => {
      if (notice.notice === 'transition' || notice.notice === 'roamed') {
        clients.set(`${notice.link} ${notice.address}`, notice.client);
      } else if (notice.notice === 'drop') {
        const { client = '' } = notice;
        const account = accounts.get(client);
        if (notice.what === 'downlink') {
          if (account !== undefined && notice.reason === 'buffer-full') makesRoom(client, account);
          account?.told.push(scene.now());
        } else if (notice.what === 'frame' && IN_VAIN.has(notice.reason)) {
          // To a new process its sender may be a stranger.
          (account ?? accountAt(notice.link, notice.address ?? null))?.answeredTooLate();
        }
      }
    },
    life: (is) => {
      if (is !== 'killed' && is !== 'ended') return;
      // Nobody waits for the end of what is owed.
      const isForgotten = goesWithEnd(scene, is);
      for (const account of accounts.values()) {
        for (const [i, at] of account.told.entries()) if (isForgotten(at)) account.forgotten.add(i);
        // It waits for the device again.
        for (const [text, at] of account.settled) if (isForgotten(at)) account.settled.delete(text);
      }
    },
    wireIn: (_connection, what) => {
      const command = commandIn(what);
      if (command === undefined) return;
      for (const device of new Set([command.device, ...team])) {
        const owed = accounts.get(device)?.owed;
        owed?.set(command.text, (owed.get(command.text) ?? 0) + 1);
      }
    },
    frameIn: heard,
    radioIn: heard,
    frameOut: sent,
    radioOut: sent,
    finish: () => {
      for (const [device, { missing, told, forgotten }] of accounts) {
        if (told.length > missing + forgotten.size) {
          scene.report(
            `${device}: ${told.length} drops were told, and ${missing} messages are missing`,
          );
        }
      }
    },
  };
};
