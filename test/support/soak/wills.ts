/** Wills: once for each device that fell silent, and none for anybody else. */

export class WillWatch {
  readonly breaches: string[] = [];
  /** Wills that came when they should. */
  seenCount = 0;
  /** Who is gone, with how many wills were published since. */
  private readonly dead = new Map<string, number>();
  private readonly roseAt = new Map<string, number>();

  dies(clientId: string): void {
    this.dead.set(clientId, 0);
  }

  /** The device is about to come back: its will is due by now. */
  rises(clientId: string, at: number): void {
    this.roseAt.set(clientId, at);
    if (!this.isPublished(clientId)) {
      this.breaches.push(`${clientId} was gone, and nobody got its will`);
    }
    this.dead.delete(clientId);
  }

  fires(clientId: string, at: number): void {
    const before = this.dead.get(clientId);
    if (before === undefined) {
      const roseAt = this.roseAt.get(clientId);
      const since = roseAt === undefined ? 'ever' : `for ${Math.round(at - roseAt)} ms`;
      this.breaches.push(`the will of ${clientId} was published, which had been there ${since}`);
      return;
    }
    this.dead.set(clientId, before + 1);
    if (before === 0) this.seenCount += 1;
    else this.breaches.push(`the will of ${clientId} was published ${before + 1} times`);
  }

  isPublished(clientId: string): boolean {
    return (this.dead.get(clientId) ?? 0) > 0;
  }

  /** How many are gone. */
  get deadCount(): number {
    return this.dead.size;
  }
}
