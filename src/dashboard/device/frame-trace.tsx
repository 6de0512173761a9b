/** The frames from and to a device as they pass, field by field. */
import { useState } from 'preact/hooks';
import { FailureNote } from '../parts/failure-note.js';
import { Section } from '../parts/section.js';
import { FrameEntry } from './frame-entry.js';
import { useFrames } from './use-frames.js';

export function FrameTrace({ client }: { client: string }) {
  const [isPaused, setIsPaused] = useState(false);
  const { items: frames, failure } = useFrames(client, isPaused);
  const pause = (
    <button type="button" aria-pressed={isPaused} onClick={() => setIsPaused(!isPaused)}>
      Pause
    </button>
  );
  return (
    <Section title="Frames" aside={pause}>
      <FailureNote failure={failure} />
      {frames?.length === 0 && (
        <p class="quiet">
          None was kept (<code>http.capture</code>), or none has passed in the latest minutes.
        </p>
      )}
      <ol class="frames">
        {frames?.toReversed().map((frame) => (
          <FrameEntry key={frame.number} frame={frame} />
        ))}
      </ol>
    </Section>
  );
}
