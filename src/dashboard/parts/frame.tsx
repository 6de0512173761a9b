/** What stands around every view: name and state of the gateway, the way to other views. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useCell } from '../live/cell.js';
import { useGatewayNow, useLive, useOverview } from '../live/live.js';
import { addressOf, type Route, VIEWS } from '../route.js';
import { timeText } from '../text/moments.js';
import { nameText } from '../text/names.js';
import { Badge } from './badge.js';

const NAMES = {
  overview: 'Overview',
  devices: 'Devices',
  topics: 'Topics',
  log: 'Log',
  configuration: 'Config',
} as const;

/** The gateway ends a connection now and then, to let in anew who has it; it is there again within this time. */
const WORTH_SAYING_MS = 3000;

export function Frame({ route, children }: { route: Route; children: ComponentChildren }) {
  const overview = useOverview();
  const main = useMainFor(route, overview?.gateway.name ?? 'MQTT-SN gateway');
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => skipTo(event, main.current)}>
        Skip to the content
      </a>
      <header class="head">
        <p class="gateway">
          <strong>{overview?.gateway.name ?? 'MQTT-SN gateway'}</strong>
          {overview && <GatewayState />}
        </p>
        <nav aria-label="Views">
          {VIEWS.map((view) => (
            <a
              key={view}
              href={addressOf({ view })}
              aria-current={view === route.view ? 'page' : undefined}
            >
              {NAMES[view]}
            </a>
          ))}
        </nav>
        <LogOut />
      </header>
      <ConnectionNote />
      <main id="main" ref={main} tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

/** The title names the view; and the focus goes to it, so that a screen reader begins there. */
function useMainFor({ view, device }: Route, gateway: string) {
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${device === undefined ? NAMES[view] : nameText(device)} · ${gateway}`;
  }, [view, device, gateway]);
  useEffect(() => {
    if (!isFirst.current) {
      main.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    isFirst.current = false;
  }, [view, device]);
  return main;
}

/** The address is the view's, so the browser must not follow this link. */
function skipTo(event: Event, main: HTMLElement | null): void {
  event.preventDefault();
  main?.focus();
}

function GatewayState() {
  const overview = useOverview();
  if (overview === undefined) return null;
  const { isReady, reasons } = overview.gateway;
  return (
    <span role="status">
      <Badge tone={isReady ? 'good' : 'bad'}>{isReady ? 'ready' : reasons.join(', ')}</Badge>
    </span>
  );
}

function LogOut() {
  const live = useLive();
  if (!useCell(live.mayLogOut)) return null;
  return (
    <button type="button" class="plain log-out" onClick={() => void live.logOut()}>
      Log out
    </button>
  );
}

/** Said once: a text that counted the seconds would be read out each time. */
function ConnectionNote() {
  const { feed } = useLive();
  useGatewayNow();
  const connection = useCell(feed.connection);
  return (
    <div role="alert">
      {connection.is === 'lost' && Date.now() - connection.since > WORTH_SAYING_MS && (
        <p class="banner bad">
          No connection to the gateway since {timeText(connection.since)}. What you see is that old;
          it goes on by itself.
        </p>
      )}
      {connection.is === 'crowded' && (
        <p class="banner warn">
          As many pages follow this gateway as may at once. This one only looks every few seconds,
          until another one is closed.
        </p>
      )}
    </div>
  );
}
