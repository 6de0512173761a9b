/** What is numbered and goes on, as lines of the log and frames do: asked for again and again, each time for what is new. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Failure } from './api.js';
import { asFailure } from './resource.js';

/** How often, while the page is looked at. */
const POLL_MS = 2000;

interface Batch<T> {
  /** The oldest first. */
  items: readonly T[];
  /** Of the latest one that there is, in the batch or not. */
  lastNumber: number;
}

interface FollowOptions<T> {
  /** Asks for those with higher numbers; another function is another question, and begins anew. */
  ask: (after: number) => Promise<Batch<T>>;
  /** So many are shown; older ones make room. */
  max: number;
  isPaused: boolean;
  /** Tells that there is something new, before the next question would find it; returns what ends it. */
  onNews: (listener: () => void) => () => void;
}

/** The oldest first; undefined until they are known. */
export function useFollowed<T>({ ask, max, isPaused, onNews }: FollowOptions<T>): {
  items: readonly T[] | undefined;
  failure: Failure | undefined;
} {
  const [items, setItems] = useState<readonly T[]>();
  const [failure, setFailure] = useState<Failure>();
  const latest = useRef(0);
  useEffect(() => {
    latest.current = 0;
    setItems(undefined);
  }, [ask]);
  useEffect(() => {
    if (isPaused) return undefined;
    let isOver = false;
    let isAsking = false;
    let isWantedAgain = false;
    const take = ({ items: news, lastNumber }: Batch<T>): void => {
      // Another run of the gateway counts anew.
      const isOtherRun = lastNumber < latest.current;
      latest.current = isOtherRun ? 0 : lastNumber;
      isWantedAgain ||= isOtherRun;
      setItems((shown = []) => (isOtherRun ? [] : [...shown, ...news].slice(-max)));
    };
    const next = async (): Promise<void> => {
      isWantedAgain = isAsking;
      if (isAsking || document.visibilityState !== 'visible') return;
      isAsking = true;
      try {
        const batch = await ask(latest.current);
        if (isOver) return;
        take(batch);
        setFailure(undefined);
      } catch (error) {
        if (!isOver) setFailure(asFailure(error));
      } finally {
        isAsking = false;
      }
      if (isWantedAgain && !isOver) await next();
    };
    void next();
    const unsubscribe = onNews(() => void next());
    const timer = setInterval(() => void next(), POLL_MS);
    return () => {
      isOver = true;
      unsubscribe();
      clearInterval(timer);
    };
  }, [ask, max, isPaused, onNews]);
  return { items, failure };
}
