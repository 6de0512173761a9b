/** What the page shows, as its address says it: behind the `#`, so that every file is asked for by one name. */
import { useEffect, useState } from 'preact/hooks';

export const VIEWS = ['overview', 'devices', 'topics', 'log', 'configuration'] as const;

export type View = (typeof VIEWS)[number];

/** `device`: its page; only in the view `devices`. */
export interface Route {
  view: View;
  device?: string;
}

/** An address that means nothing is that of the overview. */
export function routeOf(hash: string): Route {
  const [name = '', part] = hash.replace(/^#\/?/, '').split('/');
  const view = VIEWS.find((candidate) => candidate === name) ?? 'overview';
  const device = view === 'devices' && part !== undefined ? decoded(part) : '';
  return device === '' ? { view } : { view, device };
}

/** The address of a route, for links. */
export function addressOf({ view, device }: Route): string {
  return device === undefined ? `#/${view}` : `#/${view}/${encodeURIComponent(device)}`;
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
