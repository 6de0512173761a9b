import type { LogEntry } from '../../http/api/schema/log.js';
import { plain } from '../../spelling/plain.js';
import type { Tone } from '../text/states.js';
import { Badge } from './badge.js';
import { Moment } from './moment.js';
import { DeviceLink } from './name.js';

const TONES: Readonly<Record<LogEntry['level'], Tone>> = {
  debug: 'none',
  info: 'calm',
  warn: 'warn',
  error: 'bad',
};

interface LogLinesProps {
  entries: readonly LogEntry[];
  /** They are all about one device, which needs no name. */
  isOfOneDevice?: boolean;
}

/** Lines of the log, the latest first. */
export function LogLines({ entries, isOfOneDevice = false }: LogLinesProps) {
  return (
    <ol class="log-lines">
      {entries.toReversed().map(({ number, atMs, level, code, message, client }) => (
        <li key={number}>
          <Moment at={atMs} /> <Badge tone={TONES[level]}>{level}</Badge> <code>{code}</code>
          {client !== null && !isOfOneDevice && (
            <>
              {' '}
              <DeviceLink client={client} />
            </>
          )}
          <p>{plain(message)}</p>
        </li>
      ))}
    </ol>
  );
}
