/** What waits for a device: to be looked at, and thrown away. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { Buffered, Device } from '../../http/api/schema/devices.js';
import { useLive } from '../live/live.js';
import { useResource } from '../live/resource.js';
import { ConfirmButton } from '../parts/confirm-button.js';
import { FailureNote } from '../parts/failure-note.js';
import { Ago, Due } from '../parts/moment.js';
import { Topic } from '../parts/name.js';
import { Payload } from '../parts/payload.js';
import { Section } from '../parts/section.js';
import { Table } from '../parts/table.js';
import { nameText } from '../text/names.js';
import { countText } from '../text/spans.js';

export function SleepBuffer({ device }: { device: Device }) {
  const { api } = useLive();
  const { client } = device;
  const { value, failure, reload } = useResource(
    useCallback(() => api.buffer(client), [api, client]),
  );
  const [done, setDone] = useState('');
  // Each answer about the device is a reason to look: what waits has most probably changed.
  useEffect(reload, [device, reload]);
  const onDone = (what: string) => (): void => {
    setDone(what);
    reload();
  };
  const messages = value?.messages ?? [];
  const clear = (
    <ConfirmButton
      label="Clear"
      of="the sleep buffer"
      question={`${countText(messages.length, 'message')} will be dropped. The broker does not send them again.`}
      act={() => api.clearBuffer(client)}
      onDone={onDone('The sleep buffer was cleared.')}
      isDangerous
    />
  );
  return (
    <Section title="Sleep buffer" aside={messages.length > 0 && clear}>
      <FailureNote failure={failure} />
      <p role="status">{done}</p>
      {messages.length === 0 ? (
        <p class="quiet">Nothing waits for it.</p>
      ) : (
        <BufferTable
          messages={messages}
          remove={(id) => api.removeMessage(client, id)}
          onRemoved={onDone('The message was removed.')}
        />
      )}
    </Section>
  );
}

const PROGRESS = { sent: 'sent, its answer is awaited', received: 'received' } as const;

const BUFFER_COLUMNS = [
  'Topic',
  'Payload',
  { name: 'QoS', isWide: true },
  'Came',
  { name: 'Expires', isWide: true },
  { name: 'Remove', isOnlySpoken: true },
];

interface BufferTableProps {
  messages: Buffered['messages'];
  remove: (id: number) => Promise<void>;
  onRemoved: () => void;
}

function BufferTable({ messages, remove, onRemoved }: BufferTableProps) {
  return (
    <Table name="Messages that wait" columns={BUFFER_COLUMNS}>
      {messages.map(
        ({ id, topic, payload, qos, isRetained, arrivedAtMs, expiresAtMs, progress }) => (
          <tr key={id}>
            <th scope="row">
              <Topic of={topic} />
              {progress !== 'waiting' && <small>{PROGRESS[progress]}</small>}
            </th>
            <td>
              <Payload payload={payload} />
            </td>
            <td class="wide">
              {qos}
              {isRetained && <small>retained</small>}
            </td>
            <td>
              <Ago at={arrivedAtMs} />
            </td>
            <td class="wide">
              <Due at={expiresAtMs} />
            </td>
            <td>
              <ConfirmButton
                label="Remove"
                of={`the message on ${nameText(topic)}`}
                question={`The message on ${nameText(topic)} will be dropped. The broker does not send it again.`}
                act={() => remove(id)}
                onDone={onRemoved}
                isDangerous
              />
            </td>
          </tr>
        ),
      )}
    </Table>
  );
}
