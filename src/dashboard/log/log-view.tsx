/** The log as it is written, or what of it one looks for. */
import { useState } from 'preact/hooks';
import { FailureNote } from '../parts/failure-note.js';
import { LogLines } from '../parts/log-lines.js';
import { LogFilters } from './log-filters.js';
import { LATEST, useLog } from './use-log.js';

export function LogView() {
  const [wish, setWish] = useState(LATEST);
  const [isPaused, setIsPaused] = useState(false);
  const { items: entries, failure } = useLog(wish, isPaused);
  return (
    <>
      <h1>Log</h1>
      <FailureNote failure={failure} />
      <LogFilters wish={wish} onWish={setWish} />
      <p class="buttons">
        <button type="button" aria-pressed={isPaused} onClick={() => setIsPaused(!isPaused)}>
          Pause
        </button>
      </p>
      {entries === undefined && failure === undefined && <p class="quiet">Asking the gateway …</p>}
      {entries?.length === 0 && <p class="quiet">No line of this run is like that.</p>}
      {entries !== undefined && <LogLines entries={entries} />}
    </>
  );
}
