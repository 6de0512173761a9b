import { useCallback } from 'preact/hooks';
import { useFollowed } from '../live/followed.js';
import { useLive } from '../live/live.js';

const FRAMES_MAX = 100;

/** The latest frames from and to where the device is. */
export function useFrames(client: string, isPaused: boolean) {
  const { api, feed } = useLive();
  const ask = useCallback(
    async (after: number) => {
      const { frames, lastNumber } = await api.frames(client, after, FRAMES_MAX);
      return { items: frames, lastNumber };
    },
    [api, client],
  );
  const onNews = useCallback(
    (listener: () => void) =>
      feed.onDevices(({ changed }) => {
        if (changed.includes(client)) listener();
      }),
    [feed, client],
  );
  return useFollowed({ ask, max: FRAMES_MAX, isPaused, onNews });
}
