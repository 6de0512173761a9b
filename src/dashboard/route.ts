/** What the page shows, as its address says it: behind the `#`, so that every file is asked for by one name. */
import { useEffect, useState } from 'preact/hooks';
import { type State, STATES } from './text/states.js';

export const VIEWS = ['overview', 'devices', 'topics', 'log', 'configuration'] as const;

export type View = (typeof VIEWS)[number];

/** Only in the view `devices`: the page of a device, or those in one state. */
export interface Route {
  view: View;
  device?: string;
  state?: State;
}

/** An address that means nothing is that of the overview. */
export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [name = '', part] = path.split('/');
  const view = VIEWS.find((candidate) => candidate === name) ?? 'overview';
  if (view !== 'devices') return { view };
  const device = part === undefined ? '' : decoded(part);
  if (device !== '') return { view, device };
  const wanted = new URLSearchParams(query).get('state');
  const state = STATES.find((candidate) => candidate === wanted);
  return state === undefined ? { view } : { view, state };
}

/** The address of a route, for links. */
export function addressOf({ view, device, state }: Route): string {
  if (device !== undefined) return `#/${view}/${encodeURIComponent(device)}`;
  return state === undefined ? `#/${view}` : `#/${view}?state=${state}`;
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const update = (): void => setHash(location.hash);
    addEventListener('hashchange', update);
    return () => removeEventListener('hashchange', update);
  }, []);
  return routeOf(hash);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
