import { addressOf } from '../route.js';
import { nameText } from '../text/names.js';

/** A client id, or another name from the field; it turns the direction of nothing around it. */
export function Name({ of: name }: { of: string }) {
  return <bdi>{nameText(name)}</bdi>;
}

/** A topic, or a filter. */
export function Topic({ of: name }: { of: string }) {
  return (
    <code>
      <Name of={name} />
    </code>
  );
}

/** Leads to a device. Whoever was refused with an empty client id has no page. */
export function DeviceLink({ client }: { client: string }) {
  if (client === '') return <Name of={client} />;
  return (
    <a href={addressOf({ view: 'devices', device: client })}>
      <Name of={client} />
    </a>
  );
}
