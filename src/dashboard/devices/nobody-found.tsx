import { unknownDeviceFindings } from '../advice/device.js';
import { type DeviceList, hasOthers } from '../live/device-rows.js';
import { useGatewayNow, useOverview } from '../live/live.js';
import { Findings } from '../parts/findings.js';
import type { Wish } from './selection.js';

/** Nobody wants to be among them. */
const GOOD_NEWS: ReadonlySet<Wish['group']> = new Set(['attention', 'late', 'LOST', 'REFUSED']);

/** Whoever looks for a device that is not there wants to know why. */
export function NobodyFound({ wish, list }: { wish: Wish; list: DeviceList }) {
  const overview = useOverview();
  const now = useGatewayNow();
  const text = wish.text.trim();
  if (text !== '') {
    const isFiltered = wish.group !== 'all';
    return (
      <>
        {isFiltered && <p>None of them; there may be others under “All”.</p>}
        {!isFiltered && <Findings findings={unknownDeviceFindings(text, overview, now)} />}
      </>
    );
  }
  const { rows, isCut } = list;
  if (hasOthers(list)) return <p>None of the {rows.size} that are listed.</p>;
  if (rows.size > 0 || isCut)
    return <p>{GOOD_NEWS.has(wish.group) ? 'None: that is good news.' : 'None now.'}</p>;
  return (
    <p>
      No device has connected yet. Try one without hardware:{' '}
      <code>mqttsn-gateway pub -t sensors/roof -m 21.5 -q 1</code>
    </p>
  );
}
