import type { IClientOptions } from 'mqtt';

type MessageIds = NonNullable<IClientOptions['messageIdProvider']>;

/**
 * Packet ids that are not in use. The default provider of MQTT.js counts on regardless, so that a
 * message waiting for its acknowledgement loses it to a later one 65,535 messages on.
 */
export class PacketIds implements MessageIds {
  readonly #used = new Set<number>();
  #last = 0;

  allocate(): number | null {
    if (this.#used.size === 0xffff) return null;
    do {
      this.#last = this.#last === 0xffff ? 1 : this.#last + 1;
    } while (this.#used.has(this.#last));
    this.#used.add(this.#last);
    return this.#last;
  }

  getLastAllocated(): number {
    return this.#last;
  }

  register(id: number): boolean {
    if (this.#used.has(id)) return false;
    this.#used.add(id);
    return true;
  }

  deallocate(id: number): void {
    this.#used.delete(id);
  }

  clear(): void {
    this.#used.clear();
  }
}
