/** All devices: who they are, how they are, and which of them need somebody. */
import { useLayoutEffect, useMemo } from 'preact/hooks';
import { useCell } from '../live/cell.js';
import { useDeviceRows } from '../live/device-rows.js';
import { useGatewayNow } from '../live/live.js';
import { FailureNote } from '../parts/failure-note.js';
import { countText } from '../text/spans.js';
import { addressOf } from '../route.js';
import type { State } from '../text/states.js';
import { DeviceTable } from './device-table.js';
import { Filters } from './filters.js';
import { chosen, EVERYTHING, latestWish, type Wish } from './selection.js';
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
  const { rows, failure } = useDeviceRows();
  const wish = useCell(latestWish);
  const setWish = (next: Wish): void => latestWish.set(next);
  const now = useGatewayNow(ORDER_STEP_MS);
  const shown = useMemo(() => chosen(rows?.values() ?? [], wish, now), [rows, wish, now]);
  return (
    <>
      <h1>Devices</h1>
      <FailureNote failure={failure} />
      <Filters wish={wish} onWish={setWish} />
      <p role="status" class="quiet">
        {rows === undefined
          ? 'Asking the gateway …'
          : `${countText(shown.length, 'device')}${shown.length === rows.size ? '' : ` of ${rows.size}`}`}
      </p>
      {shown.length > 0 && <DeviceTable rows={shown} wish={wish} onWish={setWish} />}
      {rows !== undefined && shown.length === 0 && <NobodyFound wish={wish} total={rows.size} />}
    </>
  );
}
