/** The configuration as it is in force. */
import { useLive } from '../live/live.js';
import { useResource } from '../live/resource.js';
import { FailureNote } from '../parts/failure-note.js';
import { Section } from '../parts/section.js';
import { yamlText } from '../text/yaml.js';

export function ConfigurationView() {
  const { api } = useLive();
  const { value, failure } = useResource(api.configuration);
  return (
    <>
      <h1>Configuration</h1>
      <FailureNote failure={failure} />
      <p>
        As it was loaded, with defaults filled in. Durations are milliseconds, sizes octets; secrets
        are not shown. Change the file, and send SIGHUP or restart.
      </p>
      {Object.entries(value?.config ?? {}).map(([name, section]) => (
        <Section key={name} title={name}>
          <pre tabIndex={0}>{yamlText(section)}</pre>
        </Section>
      ))}
    </>
  );
}
