import { plain } from '../../spelling/plain.js';
import type { Frame } from '../../http/api/schema/frames.js';
import { Badge } from '../parts/badge.js';
import { Moment } from '../parts/moment.js';
import { Table } from '../parts/table.js';
import { signalText } from '../text/signals.js';

const IS_WELL = /^(?:accepted|sent)\b/;

/** A frame in a line; opened, each of its fields. */
export function FrameEntry({ frame }: { frame: Frame }) {
  const { atMs, direction, name, summary, verdict, signal, bytes, hex, fields, problem } = frame;
  const received = signal === null ? undefined : signalText(signal);
  return (
    <li>
      <details>
        <summary>
          <Moment at={atMs} />{' '}
          <span class="direction">{direction === 'in' ? '← in' : '→ out'}</span>{' '}
          <strong>{name}</strong>{' '}
          <Badge tone={IS_WELL.test(verdict) ? 'good' : 'warn'}>{verdict}</Badge>
          <small>{plain(summary)}</small>
        </summary>
        {problem !== null && (
          <p class="banner bad">
            {plain(problem.text)}
            {problem.octet !== null && ` (octet ${problem.octet})`}
          </p>
        )}
        <Table name={`Fields of ${name}`} columns={['At', 'Octets', 'Field', 'Says']}>
          {fields.map((field) => (
            <tr key={`${field.at} ${field.label}`}>
              <td>{field.at}</td>
              <td>
                <code>{field.hex}</code>
              </td>
              <th scope="row">{field.label}</th>
              <td>{plain(field.text)}</td>
            </tr>
          ))}
        </Table>
        <p class="quiet">
          {bytes} octets{received !== undefined && `, received at ${received}`}:{' '}
          <code class="hex">{hex}</code>
        </p>
      </details>
    </li>
  );
}
