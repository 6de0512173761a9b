/** What the page knows of the gateway, and how it comes to know it: made once, for all components. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { Api, Failure } from './api.js';
import { Cell, useCell } from './cell.js';
import { GatewayClock, useNow } from './clock.js';
import { Feed } from './feed.js';
import type { Overview } from '../../http/api/schema/overview.js';

/** Asked again so much later, when the gateway does not answer at all. */
const RETRY_MS = 3000;

/** `unknown`: nothing has answered yet. */
export type Access = 'unknown' | 'login' | 'open';

export class Live {
  readonly access = new Cell<Access>('unknown');
  /** There is a cookie that one may want to give back. */
  readonly mayLogOut = new Cell(false);
  readonly api = new Api(() => this.shut());
  readonly feed = new Feed(() => void this.onRefused());
  readonly clock = new GatewayClock();
  private retry: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.feed.overview.subscribe(() => {
      const overview = this.feed.overview.value;
      if (overview !== undefined) this.clock.set(overview.nowMs);
    });
  }

  /** Finds out whether one has to log in, and begins to listen when not. */
  readonly start = async (): Promise<void> => {
    try {
      const { isRequired, isLoggedIn } = await this.api.loginState();
      this.mayLogOut.set(isRequired);
      if (isRequired && !isLoggedIn) return this.shut();
      if (this.access.value === 'open') return;
      this.access.set('open');
      this.feed.start();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      clearTimeout(this.retry);
      this.retry = setTimeout(() => void this.start(), RETRY_MS);
    }
  };

  readonly logIn = async (token: string): Promise<void> => {
    await this.api.logIn(token);
    await this.start();
  };

  readonly logOut = async (): Promise<void> => {
    await this.api.logOut();
    this.shut();
  };

  /** One has to log in again; or there is no place to follow: then one may look now and then. */
  private async onRefused(): Promise<void> {
    await this.start();
    if (this.access.value !== 'open') return;
    try {
      this.feed.lookAt(await this.api.overview());
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.feed.lose();
    }
  }

  private shut(): void {
    this.feed.stop();
    this.feed.overview.set(undefined);
    this.access.set('login');
  }
}

export const LiveContext = createContext<Live | undefined>(undefined);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === undefined) throw new Error('a component stands outside of LiveContext');
  return live;
}

export const useOverview = (): Overview | undefined => useCell(useLive().feed.overview);

/** The time of the gateway, in steps. */
export const useGatewayNow = (stepMs?: number): number => useNow(useLive().clock, stepMs);
