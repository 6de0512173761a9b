/** All about one device: first why it is silent, then what it has, then what it says. */
import { useCallback, useEffect } from 'preact/hooks';
import type { Device } from '../../http/api/schema/devices.js';
import { deviceFindings, unknownDeviceFindings } from '../advice/device.js';
import { useGatewayNow, useLive, useOverview } from '../live/live.js';
import { useResource } from '../live/resource.js';
import { FailureNote } from '../parts/failure-note.js';
import { Findings } from '../parts/findings.js';
import { LogLines } from '../parts/log-lines.js';
import { Name } from '../parts/name.js';
import { Section } from '../parts/section.js';
import { StateBadge } from '../parts/state-badge.js';
import { addressOf } from '../route.js';
import { STATE_TEXTS, type State } from '../text/states.js';
import { type Action, Actions } from './actions.js';
import { DeviceFacts } from './device-facts.js';
import { FrameTrace } from './frame-trace.js';
import { Messages } from './messages.js';
import { SignalHistory } from './signal-history.js';
import { SleepBuffer } from './sleep-buffer.js';
import { Subscriptions } from './subscriptions.js';
import { TopicIds } from './topic-ids.js';

export function DeviceView({ client }: { client: string }) {
  const { api, feed } = useLive();
  const {
    value: device,
    failure,
    reload,
  } = useResource(useCallback(() => api.device(client), [api, client]));
  useEffect(
    () =>
      feed.onDevices(({ changed, gone, isAll }) => {
        if (isAll || changed.includes(client) || gone.includes(client)) reload();
      }),
    [feed, client, reload],
  );
  const isUnknown = failure?.code === 'unknown-device';
  const known = isUnknown ? undefined : device;
  const isStrict = useOverview()?.gateway.admitsStrangers === false;
  const available = known === undefined ? actionsForUnknown(isStrict) : actionsFor(known);
  return (
    <>
      <p class="back">
        <a href={addressOf({ view: 'devices' })}>All devices</a>
      </p>
      <h1>
        <Name of={client} />
      </h1>
      <FailureNote failure={isUnknown ? undefined : failure} />
      {known === undefined && failure === undefined && <p class="quiet">Asking the gateway …</p>}
      {known !== undefined && <Matter device={known} />}
      {isUnknown && <Unknown client={client} />}
      {(known !== undefined || isUnknown) && (
        // One place for both: what was done to a device is said also when nobody knows it any more.
        <Actions client={client} available={available} onDone={reload} />
      )}
      {known !== undefined && <Details device={known} />}
    </>
  );
}

function Unknown({ client }: { client: string }) {
  const overview = useOverview();
  const now = useGatewayNow();
  return <Findings findings={unknownDeviceFindings(client, overview, now)} />;
}

/** Its state, and what is the matter with it. */
function Matter({ device }: { device: Device }) {
  const overview = useOverview();
  const now = useGatewayNow();
  const { state } = device;
  const findings = deviceFindings(device, overview, now);
  return (
    <>
      <p role="status" class="state">
        <StateBadge state={state} />: {STATE_TEXTS[state].meaning}
      </p>
      {findings.length > 0 ? (
        <Findings findings={findings} />
      ) : (
        <p class="quiet">Nothing is the matter with it.</p>
      )}
    </>
  );
}

function Details({ device }: { device: Device }) {
  return (
    <>
      <DeviceFacts device={device} />
      <SleepBuffer device={device} />
      <SignalHistory signals={device.signals} now={device.nowMs} />
      <Messages messages={device.messages} />
      <TopicIds topicIds={device.topicIds} hasSession={device.cleanSession !== null} />
      <Subscriptions
        subscriptions={device.subscriptions}
        hasSession={device.cleanSession !== null}
      />
      <FrameTrace client={device.client} />
      <Section title="Log">
        {device.notices.length === 0 ? (
          <p class="quiet">Nothing was told of it in this run.</p>
        ) : (
          <LogLines entries={device.notices} isOfOneDevice />
        )}
      </Section>
    </>
  );
}

/** Where everybody may connect, nobody has to be approved. */
const actionsForUnknown = (isStrict: boolean): Action[] => (isStrict ? ['approve'] : []);

const CONNECTED: readonly State[] = ['CONNECTING', 'ACTIVE', 'ASLEEP', 'AWAKE'];

/** Only those that would change something. */
function actionsFor({ state, isApprovable }: Device): Action[] {
  const approve: Action[] = isApprovable ? ['approve'] : [];
  const disconnect: Action[] = CONNECTED.includes(state) ? ['disconnect'] : [];
  return [...approve, ...disconnect, 'forget'];
}
