import type { Device } from '../../http/api/schema/devices.js';
import { Topic } from '../parts/name.js';
import { Section } from '../parts/section.js';
import { Table } from '../parts/table.js';

/** What the device wants to hear. */
export function Subscriptions({
  subscriptions,
  hasSession,
}: {
  subscriptions: Device['subscriptions'];
  hasSession: boolean;
}) {
  return (
    <Section title="Subscriptions">
      {subscriptions.length === 0 ? (
        <p class="quiet">
          {hasSession
            ? 'None: messages of the broker do not go to it.'
            : 'It has no session, and so none: it has to connect, and to subscribe.'}
        </p>
      ) : (
        <Table name="Table of subscriptions" columns={['Filter', 'QoS', 'Topic id type']}>
          {subscriptions.map(({ filter, qos, topicIdType, isAcknowledged }) => (
            <tr key={filter}>
              <th scope="row">
                <Topic of={filter} />
              </th>
              <td>{qos}</td>
              <td>
                {topicIdType}
                {!isAcknowledged && <small>SUBACK not sent yet</small>}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Section>
  );
}
