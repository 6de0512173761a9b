/** Topics that go by a number: the predefined ones, which firmware and gateway have to agree on, and what devices have registered. */
import { useLive } from '../live/live.js';
import { useResource } from '../live/resource.js';
import { FailureNote } from '../parts/failure-note.js';
import { Table } from '../parts/table.js';
import { RegisteredTopics } from './registered-topics.js';

export function TopicsView() {
  const { api } = useLive();
  const { value, failure } = useResource(api.topics);
  const predefined = value?.predefined ?? [];
  return (
    <>
      <h1>Topics</h1>
      <FailureNote failure={failure} />
      <p>Predefined topic ids need no REGISTER, if device and gateway have the same ones.</p>
      <p class="buttons">
        <a class="button" href="api/topics/export?format=c-header" download="mqttsn_topics.h">
          C header
        </a>
        <a class="button" href="api/topics/export?format=json" download="mqttsn_topics.json">
          JSON
        </a>
      </p>
      {value !== undefined && predefined.length === 0 && (
        <p class="quiet">
          There are none: <code>topics.predefined</code> of the configuration.
        </p>
      )}
      {predefined.length > 0 && (
        <Table name="Predefined topics" columns={['Id', 'Topic', 'For', 'In C']}>
          {predefined.map(({ id, topic, clients, constant }) => (
            <tr key={`${id} ${topic} ${clients?.join() ?? ''}`}>
              <th scope="row">{id}</th>
              <td>
                <code>{topic}</code>
              </td>
              <td>{clients === null ? 'all devices, and QoS -1' : clients.join(', ')}</td>
              <td>
                <code>{constant}</code>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {value !== undefined && <RegisteredTopics />}
    </>
  );
}
