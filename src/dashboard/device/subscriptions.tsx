import type { Device } from '../../http/api/schema/devices.js';
import { Topic } from '../parts/name.js';
import { Section } from '../parts/section.js';

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
        <table>
          <thead>
            <tr>
              <th scope="col">Filter</th>
              <th scope="col">QoS</th>
              <th scope="col">Topic id type</th>
            </tr>
          </thead>
          <tbody>
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
          </tbody>
        </table>
      )}
    </Section>
  );
}
