/** What each device has registered: all of it, a page at a time. */
import { useCallback, useState } from 'preact/hooks';
import { useLive } from '../live/live.js';
import { useResource } from '../live/resource.js';
import { FailureNote } from '../parts/failure-note.js';
import { DeviceLink, Topic } from '../parts/name.js';
import { Section } from '../parts/section.js';
import { Table } from '../parts/table.js';
import { TopicKind } from '../parts/topic-kind.js';

const PAGE = 100;

export function RegisteredTopics() {
  const { api } = useLive();
  const [wish, setWish] = useState({ q: '', offset: 0 });
  const ask = useCallback(
    () => api.topicIds({ q: wish.q || undefined, offset: wish.offset, limit: PAGE }),
    [api, wish],
  );
  const { value, failure } = useResource(ask);
  const { total = 0, topicIds = [] } = value ?? {};
  const end = wish.offset + topicIds.length;
  const turnTo = (offset: number) => () => setWish({ ...wish, offset: Math.max(0, offset) });
  return (
    <Section title="Registered by devices">
      <FailureNote failure={failure} />
      <search class="filters">
        <label class="spoken" for="topic-search">
          Search by topic or client id
        </label>
        <input
          id="topic-search"
          type="search"
          placeholder="Topic, client id …"
          autocomplete="off"
          onChange={({ currentTarget }) => setWish({ q: currentTarget.value.trim(), offset: 0 })}
        />
      </search>
      <p role="status" class="quiet">
        {statusText(value === undefined, total, wish.offset, end)}
      </p>
      {topicIds.length > 0 && (
        <Table name="Registered topics" columns={['Device', 'Id', 'Topic', 'Kind']}>
          {topicIds.map((one) => (
            <tr key={`${one.kind} ${one.id} ${one.client}`}>
              <th scope="row">
                <DeviceLink client={one.client} />
              </th>
              <td>{one.id}</td>
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
      {total > PAGE && (
        <p class="buttons">
          <button type="button" disabled={wish.offset === 0} onClick={turnTo(wish.offset - PAGE)}>
            Earlier
          </button>
          <button type="button" disabled={end >= total} onClick={turnTo(end)}>
            Later
          </button>
        </p>
      )}
    </Section>
  );
}

function statusText(isAsking: boolean, total: number, offset: number, end: number): string {
  if (isAsking) return 'Asking the gateway …';
  if (total === 0) return 'There are none.';
  return `${offset + 1} to ${end} of ${total}`;
}
