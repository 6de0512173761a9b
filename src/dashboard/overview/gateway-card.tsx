import type { Overview } from '../../http/api/schema/overview.js';
import { Badge } from '../parts/badge.js';
import { Facts } from '../parts/facts.js';
import { Ago } from '../parts/moment.js';

const STORE_TEXTS = {
  working: { tone: 'good', text: 'working' },
  failing: { tone: 'bad', text: 'failing' },
  memory: { tone: 'none', text: 'memory only' },
} as const;

/** The broker, the journal, the run of the gateway. */
export function GatewayCard({ overview: { broker, store, gateway } }: { overview: Overview }) {
  const { tone, text } = STORE_TEXTS[store.state];
  return (
    <Facts
      facts={[
        [
          'Broker',
          <>
            <Badge tone={broker.isUp ? 'good' : 'bad'}>{broker.isUp ? 'connected' : 'away'}</Badge>{' '}
            {broker.server}
          </>,
        ],
        ['Mode', broker.mode],
        [broker.isUp ? 'Connected' : 'Away', <Ago at={broker.sinceMs} />],
        ['Journal', <Badge tone={tone}>{text}</Badge>],
        ['Gateway id', gateway.gwId],
        ['Version', gateway.version],
        ['Started', <Ago at={gateway.startedAtMs} />],
      ]}
    />
  );
}
