import type { LinkSettings } from './config.js';

/** What paced links have told of themselves. */
export class LinkStates {
  private readonly ready = new Set<string>();
  private readonly congested = new Set<string>();

  /** It has taken messages before; links that are not paced always do. */
  isReady(link: string, { isPaced }: LinkSettings): boolean {
    return !isPaced || this.ready.has(link);
  }

  setReady(link: string): void {
    this.ready.add(link);
  }

  /** The link has room for answers, and no more. */
  isCongested(link: string): boolean {
    return this.congested.has(link);
  }

  /** Returns whether that is news. */
  setCongested(link: string, isCongested: boolean): boolean {
    if (isCongested === this.congested.has(link)) return false;
    if (isCongested) this.congested.add(link);
    else this.congested.delete(link);
    return true;
  }
}
