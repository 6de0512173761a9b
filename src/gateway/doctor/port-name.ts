import type { SerialLinkConfig } from '../../config/schema.js';
import type { SerialPortFacts } from '../../links/port/serial-list.js';
import { type Finding, warning } from './finding.js';

/** Whether the name of the port may be another dongle's after the next start, though there is one that stays. */
export function examinePortName(
  { name, port }: Pick<SerialLinkConfig, 'name' | 'port'>,
  ports: readonly SerialPortFacts[],
): Finding[] {
  if (port.kind !== 'device') return [];
  // Of what the system numbers as it finds it; whoever names a link has chosen a name.
  const facts = ports.find(({ device }) => device === port.path);
  if (facts?.permanence !== 'device' && facts?.permanence !== 'socket') return [];
  return [
    warning(
      `link ${name}: ${port.path} may be another dongle after the next start`,
      `name it by what stays the same: port: ${facts.path}`,
    ),
  ];
}
