/** What is the matter with the gateway itself: its broker, its journal. */
import type { Overview } from '../../http/api/schema/overview.js';
import { countText, spanText } from '../text/spans.js';
import type { Finding } from './finding.js';

export function gatewayFindings(overview: Overview, now: number): Finding[] {
  return [runFinding(overview), brokerFinding(overview, now), storeFinding(overview)].filter(
    (finding) => finding !== undefined,
  );
}

function runFinding({ gateway }: Overview): Finding | undefined {
  if (gateway.reasons.includes('stopping')) {
    return { id: 'stopping', tone: 'bad', what: 'The gateway is ending.' };
  }
  if (!gateway.reasons.includes('starting')) return undefined;
  return {
    id: 'starting',
    tone: 'warn',
    what: 'The gateway is starting: no device is served yet.',
  };
}

function brokerFinding({ broker, outbox }: Overview, now: number): Finding | undefined {
  if (broker.isUp) return undefined;
  const detail = broker.detail === null ? '' : ` (${broker.detail})`;
  const kept =
    broker.mode === 'aggregating'
      ? `What devices publish is kept (${countText(outbox.messages, 'message')} now); who is not connected has to wait.`
      : 'Devices are disconnected after 30 s.';
  return {
    id: 'broker-away',
    tone: 'bad',
    what: `The broker has been away for ${spanText(now - broker.sinceMs)}${detail}. ${kept}`,
    todo: 'See whether it runs and is reached from here; `mqttsn-gateway doctor` tries connection and login.',
  };
}

function storeFinding({ store }: Overview): Finding | undefined {
  if (store.state === 'working') return undefined;
  if (store.state === 'memory') {
    return {
      id: 'store-memory',
      tone: 'none',
      what: 'Nothing is kept on disk (store.path: memory): a restart forgets sessions and messages.',
    };
  }
  return {
    id: 'store-failing',
    tone: 'bad',
    what: `The store fails, and the gateway runs on in memory: ${store.detail ?? 'the disk takes nothing'}.`,
    todo: 'Make room on the disk, or mount it for writing; nothing has to be restarted.',
  };
}
