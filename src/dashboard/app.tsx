/** The page: the log-in, or its frame and what the address names. */
import { ConfigurationView } from './configuration/configuration-view.js';
import { DeviceView } from './device/device-view.js';
import { DevicesView } from './devices/devices-view.js';
import { useCell } from './live/cell.js';
import { useLive } from './live/live.js';
import { LogView } from './log/log-view.js';
import { LoginView } from './login/login-view.js';
import { OverviewView } from './overview/overview-view.js';
import { Frame } from './parts/frame.js';
import { type Route, useRoute } from './route.js';
import { TopicsView } from './topics/topics-view.js';

export function App() {
  const route = useRoute();
  const access = useCell(useLive().access);
  if (access === 'unknown') return <p class="opening">Asking the gateway …</p>;
  if (access === 'login') return <LoginView />;
  return (
    <Frame route={route}>
      <Shown route={route} />
    </Frame>
  );
}

function Shown({ route: { view, device, state } }: { route: Route }) {
  switch (view) {
    case 'overview':
      return <OverviewView />;
    case 'devices':
      return device === undefined ? (
        <DevicesView state={state} />
      ) : (
        <DeviceView key={device} client={device} />
      );
    case 'topics':
      return <TopicsView />;
    case 'log':
      return <LogView />;
    case 'configuration':
      return <ConfigurationView />;
  }
}
