import { plain } from '../../spelling/plain.js';
import type { Device } from '../../http/api/schema/devices.js';
import { Facts } from '../parts/facts.js';
import { Ago, Due } from '../parts/moment.js';
import { Topic } from '../parts/name.js';
import { Payload } from '../parts/payload.js';
import { Section } from '../parts/section.js';
import { signalText } from '../text/signals.js';
import { bytesText, spanText } from '../text/spans.js';

/** Where it is, when it speaks, and what it announced. */
export function DeviceFacts({ device }: { device: Device }) {
  return (
    <Section title="Connection">
      <Facts
        facts={[
          ['Link', device.link ?? '–'],
          ['Address', device.address === null ? '–' : <Topic of={device.address} />],
          ['Heard', <Ago at={device.heardAtMs} />],
          [device.state === 'ASLEEP' ? 'Wakes up' : 'Speaks again', <Due at={device.dueAtMs} />],
          ['Given up', <Due at={device.givenUpAtMs} />],
          ['In this state', <Since device={device} />],
          ['Keep alive', secondsText(device.keepAliveSec)],
          ['Sleeps for', secondsText(device.sleepSec)],
          ['Signal', (device.signal && signalText(device.signal)) ?? '–'],
          ['Retries', device.retries],
          ['Unanswered', <Exchange exchange={device.exchange} />],
          ['CleanSession', cleanSessionText(device.cleanSession)],
          ['Will', <Will will={device.will} />],
          ...settingsFacts(device),
        ]}
      />
    </Section>
  );
}

function Since({ device: { sinceMs, why } }: { device: Device }) {
  if (sinceMs === null) return <>since an earlier run</>;
  return (
    <>
      <Ago at={sinceMs} /> {why !== null && <span class="quiet">({plain(why)})</span>}
    </>
  );
}

function Exchange({ exchange }: { exchange: Device['exchange'] }) {
  if (exchange === null) return <>nothing</>;
  const { message, msgId, topic, retries, nextAtMs } = exchange;
  return (
    <>
      {message} {msgId} {topic !== null && <Topic of={topic} />}
      {retries > 0 && `, repeated ${retries} times`}
      {nextAtMs !== null && (
        <>
          , again <Due at={nextAtMs} />
        </>
      )}
    </>
  );
}

function Will({ will }: { will: Device['will'] }) {
  if (will === null) return <>none</>;
  return (
    <>
      <Topic of={will.topic} /> QoS {will.qos}
      {will.isRetained && ', retained'}: <Payload payload={will.payload} />
    </>
  );
}

function settingsFacts({ settings }: Device): readonly (readonly [string, string])[] {
  if (settings === null) return [];
  const { bufferMessagesMax, bufferBytesMax, bufferAgeSec, bufferPolicy } = settings;
  return [
    ['Largest message', bytesText(settings.maxMessageBytes)],
    [
      'Repeats',
      `after ${spanText(settings.retryIntervalSec * 1000)}, ${settings.retryCount} times`,
    ],
    [
      'Sleep buffer holds',
      `${bufferMessagesMax} messages, ${bytesText(bufferBytesMax)}, ${spanText(bufferAgeSec * 1000)}, ${bufferPolicy}`,
    ],
  ];
}

function secondsText(seconds: number | null): string {
  if (seconds === null) return '–';
  return seconds === 0 ? 'none' : spanText(seconds * 1000);
}

function cleanSessionText(cleanSession: boolean | null): string {
  if (cleanSession === null) return '–';
  return cleanSession ? '1: all ends with the connection' : '0: kept over disconnections';
}
