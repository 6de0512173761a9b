import type { LinkOverview } from '../../http/api/schema/overview.js';
import { linkFindings } from '../advice/link.js';
import { Badge } from '../parts/badge.js';
import { Facts } from '../parts/facts.js';
import { Findings } from '../parts/findings.js';
import { Ago } from '../parts/moment.js';
import { signalText } from '../text/signals.js';
import { bytesText, rateText } from '../text/spans.js';
import { AirTime } from './air-time.js';

const STATE_TONES = { up: 'good', starting: 'warn', down: 'bad' } as const;

/** A link: its state, what goes over it, its air. */
export function LinkCard({ link, now }: { link: LinkOverview; now: number }) {
  const findings = linkFindings(link, now);
  return (
    <li class="card" data-link={link.name}>
      <h3>
        {link.name} <Badge tone={STATE_TONES[link.state]}>{link.state}</Badge>
      </h3>
      <p class="quiet">{withoutName(link)}</p>
      {findings.length > 0 && <Findings findings={findings} />}
      {link.airTime && <AirTime airTime={link.airTime} />}
      <Facts
        facts={[
          ['Devices', link.devices],
          ['Heard', <Ago at={link.heardAtMs} />],
          ['Signal', (link.signal && signalText(link.signal)) ?? '–'],
          ['In', <Traffic traffic={link.received} />],
          ['Out', <Traffic traffic={link.sent} />],
        ]}
      />
    </li>
  );
}

/** The card has the name already. */
const withoutName = ({ name, description }: LinkOverview): string =>
  description.startsWith(`${name} `) ? description.slice(name.length + 1) : description;

function Traffic({ traffic: { frames, bytes, framesPerSec } }: { traffic: LinkOverview['sent'] }) {
  return (
    <>
      {rateText(framesPerSec)}{' '}
      <span class="quiet">
        {frames} frames, {bytesText(bytes)}
      </span>
    </>
  );
}
