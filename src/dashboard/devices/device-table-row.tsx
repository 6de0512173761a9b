import { plain } from '../../spelling/plain.js';
import type { DeviceRow } from '../../http/api/schema/devices.js';
import { remarkOf } from '../advice/row.js';
import { useGatewayNow } from '../live/live.js';
import { Ago, Due } from '../parts/moment.js';
import { DeviceLink, Name } from '../parts/name.js';
import { StateBadge } from '../parts/state-badge.js';
import { signalText } from '../text/signals.js';

interface DeviceTableRowProps {
  row: DeviceRow;
  /** Among all rows of the table, its head included, from 1. */
  position: number;
}

/** A device in a line. */
export function DeviceTableRow({ row, position }: DeviceTableRowProps) {
  const now = useGatewayNow();
  const { client, state, heardAtMs, dueAtMs, buffered, signal, retries, link, address } = row;
  const { tone, text } = remarkOf(row, now);
  const remark = plain(text);
  return (
    <tr aria-rowindex={position}>
      <th scope="row">
        <DeviceLink client={client} />
      </th>
      <td>
        <StateBadge state={state} />
        {remark !== '' && (
          <small class={tone} title={remark}>
            {remark}
          </small>
        )}
      </td>
      <td>
        <Ago at={heardAtMs} />
      </td>
      <td class="wide">
        <Due at={dueAtMs} />
      </td>
      <td>
        {buffered.messages}
        {buffered.oldestAtMs !== null && (
          <small class="oldest">
            oldest <Ago at={buffered.oldestAtMs} />
          </small>
        )}
      </td>
      <td class="wide">{(signal && signalText(signal)) ?? '–'}</td>
      <td class="wider">{retries}</td>
      <td class="wider">
        {link ?? '–'}
        {address !== null && (
          <small>
            <Name of={address} />
          </small>
        )}
      </td>
    </tr>
  );
}
