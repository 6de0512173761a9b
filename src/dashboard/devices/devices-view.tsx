/** All devices: who they are, how they are, and which of them need somebody. */
import { useLayoutEffect, useMemo } from 'preact/hooks';
import { useCell } from '../live/cell.js';
import { type DeviceList, hasOthers, isSame, useDeviceList } from '../live/device-rows.js';
import { useGatewayNow } from '../live/live.js';
import { FailureNote } from '../parts/failure-note.js';
import { countText } from '../text/spans.js';
import { addressOf } from '../route.js';
import type { State } from '../text/states.js';
import { DeviceTable } from './device-table.js';
import { Filters } from './filters.js';
import { chosen, EVERYTHING, latestWish, narrowingOf, type Wish } from './selection.js';
import { NobodyFound } from './nobody-found.js';

/** How often lateness is judged anew for the order of the list; each row shows its own by the second. */
const ORDER_STEP_MS = 5000;

/** `state`: those that the address asks for. */
export function DevicesView({ state }: { state: State | undefined }) {
  useLayoutEffect(() => {
    if (state === undefined) return;
    latestWish.set({ ...EVERYTHING, group: state });
    // Once taken it is the list's own: whoever comes back finds it as it was left.
    history.replaceState(null, '', addressOf({ view: 'devices' }));
  }, [state]);
  const wish = useCell(latestWish);
  const setWish = (next: Wish): void => latestWish.set(next);
  const { text, group } = wish;
  const narrowing = useMemo(() => narrowingOf({ ...EVERYTHING, text, group }), [text, group]);
  const { list, failure } = useDeviceList(narrowing);
  const now = useGatewayNow(ORDER_STEP_MS);
  const rows = list?.rows;
  const shown = useMemo(() => chosen(rows?.values() ?? [], wish, now), [rows, wish, now]);
  const isThere = list !== undefined && (!list.isCut || isSame(list.narrowing, narrowing));
  return (
    <>
      <h1>Devices</h1>
      <FailureNote failure={failure} />
      <Filters wish={wish} onWish={setWish} />
      <p role="status" class="quiet">
        {isThere ? countsText(shown.length, list) : 'Asking the gateway …'}
      </p>
      {shown.length > 0 && <DeviceTable rows={shown} wish={wish} onWish={setWish} />}
      {isThere && shown.length === 0 && <NobodyFound wish={wish} list={list} />}
    </>
  );
}

/** How many are shown, and where the others are. */
function countsText(shown: number, list: DeviceList): string {
  const { rows, total, isCut } = list;
  const count = countText(shown, 'device');
  if (hasOthers(list)) {
    return `${count} of ${total}. Only ${rows.size} are listed here: search for a client id, link or address to find others.`;
  }
  // Of those that the gateway was asked for all are shown; how many there are beside them it was not asked.
  return isCut || shown === rows.size ? count : `${count} of ${rows.size}`;
}
