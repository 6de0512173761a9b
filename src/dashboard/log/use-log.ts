import { useEffect, useRef, useState } from 'preact/hooks';
import type { LogEntry } from '../../http/api/schema/log.js';
import type { Failure } from '../live/api.js';
import { useLive } from '../live/live.js';
import { asFailure } from '../live/resource.js';

/** What one looks for; an empty text means all. */
export interface LogWish {
  level: LogEntry['level'];
  device: string;
  link: string;
  code: string;
}

export const LATEST: LogWish = { level: 'info', device: '', link: '', code: '' };

/** So many are shown; older ones make room. */
const ENTRIES_MAX = 500;
/** The gateway tells of lines from level info on; of others it has to be asked. */
const POLL_MS = 2000;

/** The latest lines that are like that, the oldest first; undefined until they are known. */
export function useLog(
  wish: LogWish,
  isPaused: boolean,
): { entries: readonly LogEntry[] | undefined; failure: Failure | undefined } {
  const { api, feed } = useLive();
  const [entries, setEntries] = useState<readonly LogEntry[]>();
  const [failure, setFailure] = useState<Failure>();
  /** Of the latest line that was looked at, shown or not. */
  const latest = useRef(0);
  useEffect(() => {
    latest.current = 0;
    setEntries(undefined);
  }, [wish]);
  useEffect(() => {
    if (isPaused) return undefined;
    let isOver = false;
    let isAsking = false;
    let isWantedAgain = false;
    const ask = async (): Promise<void> => {
      isWantedAgain = isAsking;
      if (isAsking || document.visibilityState !== 'visible') return;
      isAsking = true;
      try {
        const answer = await api.log(queryOf(wish, latest.current));
        if (isOver) return;
        latest.current = answer.lastNumber;
        setFailure(undefined);
        setEntries((shown = []) => [...shown, ...answer.entries].slice(-ENTRIES_MAX));
      } catch (error) {
        if (!isOver) setFailure(asFailure(error));
      } finally {
        isAsking = false;
      }
      if (isWantedAgain && !isOver) await ask();
    };
    void ask();
    const unsubscribe = feed.onNotice(() => void ask());
    const timer = setInterval(() => void ask(), POLL_MS);
    return () => {
      isOver = true;
      unsubscribe();
      clearInterval(timer);
    };
  }, [api, feed, wish, isPaused]);
  return { entries, failure };
}

const queryOf = ({ level, device, link, code }: LogWish, after: number) => ({
  level,
  device: device || undefined,
  link: link || undefined,
  code: code || undefined,
  after,
  limit: ENTRIES_MAX,
});
