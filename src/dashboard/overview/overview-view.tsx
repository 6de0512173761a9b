/** What one looks at first: is the gateway well, are its links, how are its devices. */
import { gatewayFindings } from '../advice/gateway.js';
import { useGatewayNow, useOverview } from '../live/live.js';
import { Findings } from '../parts/findings.js';
import { Section } from '../parts/section.js';
import { DeviceCounts } from './device-counts.js';
import { GatewayCard } from './gateway-card.js';
import { LinkCard } from './link-card.js';

export function OverviewView() {
  const overview = useOverview();
  const now = useGatewayNow();
  if (overview === undefined) return <p class="quiet">Waiting for the gateway …</p>;
  const findings = gatewayFindings(overview, now);
  return (
    <>
      <h1>Overview</h1>
      {findings.length > 0 && <Findings findings={findings} />}
      <Section title="Devices">
        <DeviceCounts overview={overview} />
      </Section>
      <Section title="Links">
        <ul class="cards">
          {overview.links.map((link) => (
            <LinkCard key={link.name} link={link} now={now} />
          ))}
        </ul>
      </Section>
      <Section title="Broker and journal">
        <GatewayCard overview={overview} />
      </Section>
    </>
  );
}
