import { useEffect, useState } from 'preact/hooks';
import type { Frame } from '../../http/api/schema/frames.js';
import type { Failure } from '../live/api.js';
import { useLive } from '../live/live.js';
import { asFailure } from '../live/resource.js';

/** How often it is asked for further frames, while the page is looked at. */
const POLL_MS = 2000;
/** So many are shown; older ones make room. */
const FRAMES_MAX = 100;

/** The latest frames, the oldest first. */
export function useFrames(
  client: string,
  isPaused: boolean,
): { frames: readonly Frame[]; failure: Failure | undefined } {
  const { api } = useLive();
  const [frames, setFrames] = useState<readonly Frame[]>([]);
  const [failure, setFailure] = useState<Failure>();
  const latest = frames.at(-1)?.number ?? 0;
  useEffect(() => {
    if (isPaused) return undefined;
    let isOver = false;
    const ask = async (): Promise<void> => {
      if (document.visibilityState !== 'visible') return;
      try {
        const answer = await api.frames(client, latest, FRAMES_MAX);
        if (isOver) return;
        setFailure(undefined);
        if (answer.frames.length > 0) {
          setFrames((shown) => [...shown, ...answer.frames].slice(-FRAMES_MAX));
        }
      } catch (error) {
        if (!isOver) setFailure(asFailure(error));
      }
    };
    void ask();
    const timer = setInterval(() => void ask(), POLL_MS);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [api, client, isPaused, latest]);
  return { frames, failure };
}
