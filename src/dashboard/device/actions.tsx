/** What an operator can do with a device. */
import { useState } from 'preact/hooks';
import { useLive } from '../live/live.js';
import { ConfirmButton } from '../parts/confirm-button.js';

const ACTIONS = {
  disconnect: {
    label: 'Disconnect',
    question:
      'It hears DISCONNECT, and its will is not published. What is kept for it stays, and it may connect again at once.',
    done: 'It was disconnected.',
    isDangerous: false,
  },
  forget: {
    label: 'Forget',
    question:
      'Its connection ends, and all that is known of it goes: subscriptions, topic ids, messages that wait, an approval. This cannot be undone.',
    done: 'It was forgotten.',
    isDangerous: true,
  },
  approve: {
    label: 'Approve',
    question:
      'It is let in from now on, also after a restart, though no rule matches it. “Forget” takes that back.',
    done: 'It was approved: its next CONNECT is accepted.',
    isDangerous: false,
  },
} as const;

export type Action = keyof typeof ACTIONS;

interface ActionsProps {
  client: string;
  available: readonly Action[];
  onDone: () => void;
}

export function Actions({ client, available, onDone }: ActionsProps) {
  const { api } = useLive();
  const [done, setDone] = useState('');
  return (
    <>
      <div class="buttons">
        {available.map((action) => (
          <ConfirmButton
            key={action}
            {...ACTIONS[action]}
            act={() => api.act(client, action)}
            onDone={() => {
              setDone(ACTIONS[action].done);
              onDone();
            }}
          />
        ))}
      </div>
      <p role="status">{done}</p>
    </>
  );
}
