import type { Device } from '../../http/api/schema/devices.js';
import { Badge } from '../parts/badge.js';
import { Section } from '../parts/section.js';

/** Topic ids with their names, as device and gateway have agreed on. */
export function TopicIds({ topicIds }: { topicIds: Device['topicIds'] }) {
  return (
    <Section title="Topic ids">
      {topicIds.length === 0 ? (
        <p class="quiet">It has registered none, and used no predefined one.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Id</th>
              <th scope="col">Topic</th>
              <th scope="col">Kind</th>
            </tr>
          </thead>
          <tbody>
            {topicIds.map(({ id, topic, kind, isConfirmed, isRefused }) => (
              <tr key={`${kind} ${id}`}>
                <th scope="row">{id}</th>
                <td>
                  <code>{topic}</code>
                </td>
                <td>
                  {kind}
                  {isRefused && <Badge tone="bad">refused by the device</Badge>}
                  {!isRefused && !isConfirmed && (
                    <small>of an earlier connection; registered again before it is used</small>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}
