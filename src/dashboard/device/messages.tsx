import type { Device } from '../../http/api/schema/devices.js';
import { Moment } from '../parts/moment.js';
import { Topic } from '../parts/name.js';
import { Payload } from '../parts/payload.js';
import { Section } from '../parts/section.js';

const DIRECTIONS = { up: '↑ to the broker', down: '↓ to the device' } as const;

/** Its latest messages, the latest first. */
export function Messages({ messages }: { messages: Device['messages'] }) {
  return (
    <Section title="Last messages">
      {messages.length === 0 ? (
        <p class="quiet">None in this run.</p>
      ) : (
        <ol class="lines">
          {messages
            .toReversed()
            .map(({ atMs, direction, topic, qos, isRetained, payload }, index) => (
              <li key={`${atMs} ${index}`}>
                <Moment at={atMs} /> <span class="quiet">{DIRECTIONS[direction]}</span>{' '}
                <Topic of={topic} /> <Payload payload={payload} />{' '}
                <span class="quiet">
                  QoS {qos}
                  {isRetained && ', retained'}
                </span>
              </li>
            ))}
        </ol>
      )}
    </Section>
  );
}
