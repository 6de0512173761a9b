/** A world whose gateway keeps its sessions, dies now and then, and begins again with what was kept. */
import type { CoreConfig } from '../../../src/core/config.js';
import type { UpstreamEvent } from '../../../src/core/types.js';
import { auditJournal } from './checkers/journal.js';
import { LedgerChecker } from './checkers/ledger.js';
import { PromiseChecker } from './checkers/promises.js';
import type { VirtualDevice } from './device.js';
import { type Observer, type Place, placeKey } from './driver.js';
import { DurableBroker } from './durable-broker.js';
import type { Facts } from './facts.js';
import { payloadOf } from './payload.js';
import { type Stage, World } from './world.js';

/** Nothing waits longer for the disk, asked for or not. */
const COMMIT_WITHIN_MS = 1000;

class DurableStage implements Stage {
  durable!: DurableBroker;
  ledger!: LedgerChecker;

  constructor(private readonly isTransparent: boolean) {}

  broker(world: World): DurableBroker {
    const later = (task: () => UpstreamEvent | undefined): void => {
      world.later(() => {
        const event = task();
        if (event) world.driver.event(event);
      });
    };
    const roll = (ways: number): number => world.roll(ways);
    this.durable = new DurableBroker(world.driver.store, later, roll, this.isTransparent);
    return this.durable;
  }

  checkers(facts: Facts): Observer[] {
    this.ledger = new LedgerChecker(facts);
    return [this.ledger, new PromiseChecker(facts), { onCrash: () => this.durable.crash() }];
  }
}

export class DurableWorld extends World {
  private readonly stage: DurableStage;
  /** What the disk missed has been lost: what was delivered may come again. */
  private hasForgotten = false;

  /** @param isTransparent each device has a connection of its own to the broker */
  constructor(config: CoreConfig, luck: number, isTransparent: boolean) {
    const stage = new DurableStage(isTransparent);
    super(config, luck, stage);
    this.stage = stage;
  }

  crash(): void {
    this.hasForgotten ||= this.driver.store.isFailing;
    this.driver.crash();
    if (this.stage.durable.up) this.stage.durable.comeBack();
    this.drain();
  }

  commit(count?: number): void {
    this.driver.commit(count);
    this.drain();
  }

  setStore(isWorking: boolean): void {
    const { store } = this.driver;
    if (isWorking === !store.isFailing) return;
    if (isWorking) this.driver.repairStore();
    else this.driver.failStore();
    this.drain();
  }

  setBroker(isUp: boolean): void {
    if (isUp === this.stage.durable.up) return;
    if (isUp) this.stage.durable.comeBack();
    else this.stage.durable.goAway();
    this.drain();
  }

  override message(client: string, topic: string, qos: 0 | 1 | 2, bytes: number): void {
    const payload = payloadOf(client, ++this.seq, topic, bytes);
    this.stage.durable.send({ client, topic, payload, qos, retain: false });
    this.drain();
  }

  override catchUp(count: number): void {
    this.stage.durable.catchUp(count);
    this.drain();
  }

  override closed(client: string): void {
    this.stage.durable.closed(client);
    super.closed(client);
  }

  override move(device: VirtualDevice, place: Place): void {
    const isThere = (one: VirtualDevice): boolean => placeKey(one.place) === placeKey(place);
    const occupant = this.devices.find((one) => one !== device && isThere(one));
    // It hears what is for the other, whose message ids may be its own.
    for (const one of occupant ? [occupant, device] : []) one.isMistaken = true;
    super.move(device, place);
  }

  /** The journal holds what the core would need, and nothing else. */
  audit(): void {
    if (this.driver.store.isFailing) return;
    while (this.driver.store.waitingGroups > 0) this.commit();
    auditJournal(this.driver.core, this.driver.store);
  }

  override wait(ms: number): void {
    const end = this.driver.now + ms;
    for (;;) {
      const due = this.driver.core.nextDeadline() ?? Number.POSITIVE_INFINITY;
      const commitAt = this.driver.store.oldest + COMMIT_WITHIN_MS;
      if (commitAt <= end && commitAt < due) {
        this.driver.now = Math.max(this.driver.now, commitAt);
        this.commit();
      } else if (due <= end) {
        this.driver.advance(due - this.driver.now);
        this.drain();
      } else {
        break;
      }
    }
    this.driver.advance(end - this.driver.now);
  }

  override settle(): void {
    this.setStore(true);
    this.setBroker(true);
    this.wait(1000);
    super.settle();
    this.wait(60_000);
    super.settle();
    this.audit();
    this.stage.ledger.audit(this.devices, this.stage.durable.arrivals, !this.hasForgotten);
  }
}
