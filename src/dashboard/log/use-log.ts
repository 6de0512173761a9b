import { useCallback } from 'preact/hooks';
import type { LogEntry } from '../../http/api/schema/log.js';
import { useFollowed } from '../live/followed.js';
import { useLive } from '../live/live.js';

/** What one looks for; an empty text means all. */
export interface LogWish {
  level: LogEntry['level'];
  device: string;
  link: string;
  code: string;
}

export const LATEST: LogWish = { level: 'info', device: '', link: '', code: '' };

const ENTRIES_MAX = 500;

/** The latest lines that are like that. The gateway tells of new ones from level info on; others are asked for. */
export function useLog(wish: LogWish, isPaused: boolean) {
  const { api, feed } = useLive();
  const ask = useCallback(
    async (after: number) => {
      const { entries, lastNumber } = await api.log(queryOf(wish, after));
      return { items: entries, lastNumber };
    },
    [api, wish],
  );
  return useFollowed({ ask, max: ENTRIES_MAX, isPaused, onNews: feed.onNotice });
}

const queryOf = ({ level, device, link, code }: LogWish, after: number) => ({
  level,
  device: device || undefined,
  link: link || undefined,
  code: code || undefined,
  after,
  limit: ENTRIES_MAX,
});
