import type { Device } from '../../http/api/schema/devices.js';
import { Topic } from '../parts/name.js';
import { Section } from '../parts/section.js';
import { Table } from '../parts/table.js';
import { TopicKind } from '../parts/topic-kind.js';

/** Topic ids with their names, as device and gateway have agreed on. */
export function TopicIds({
  topicIds,
  hasSession,
}: {
  topicIds: Device['topicIds'];
  hasSession: boolean;
}) {
  return (
    <Section title="Topic ids">
      {topicIds.length === 0 ? (
        <p class="quiet">
          {hasSession
            ? 'It has registered none, and used no predefined one.'
            : 'It has no session, and so none: it has to connect, and to register.'}
        </p>
      ) : (
        <Table name="Table of topic ids" columns={['Id', 'Topic', 'Kind']}>
          {topicIds.map((one) => (
            <tr key={`${one.kind} ${one.id}`}>
              <th scope="row">{one.id}</th>
              <td>
                <Topic of={one.topic} />
              </td>
              <td>
                <TopicKind {...one} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Section>
  );
}
