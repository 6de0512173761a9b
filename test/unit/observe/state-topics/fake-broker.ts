import type { Broker, Heard } from '../../../../src/observe/state-topics/broker.js';

/** Of each topic what it has retained last; what is published while it is away is lost. */
export class FakeBroker implements Broker {
  readonly said: string[] = [];
  readonly latest = new Map<string, string>();
  readonly listeners = new Map<string, (message: Heard) => void>();
  isBusy = false;

  publish(topic: string, payload: string): boolean {
    if (this.isBusy) return false;
    this.said.push(topic);
    this.latest.set(topic, payload);
    return true;
  }

  listen(filter: string, heard: (message: Heard) => void): () => void {
    this.listeners.set(filter, heard);
    return () => {
      if (this.listeners.get(filter) === heard) this.listeners.delete(filter);
    };
  }

  count(topic: string): number {
    return this.said.filter((one) => one === topic).length;
  }
}
