/** How its latest frames were received: in words for everybody, as a chart for who sees. */
import type { Device } from '../../http/api/schema/devices.js';
import { Section } from '../parts/section.js';
import { spanText } from '../text/spans.js';
import { SignalChart } from './signal-chart.js';

type Signals = Device['signals'];

export function SignalHistory({ signals, now }: { signals: Signals; now: number }) {
  const summaries = [
    summary(signals, 'RSSI', 'dBm', ({ rssiDbm }) => rssiDbm),
    summary(signals, 'SNR', 'dB', ({ snrDb }) => snrDb),
    summary(signals, 'LQI', '', ({ lqi }) => lqi),
  ].filter((text) => text !== undefined);
  const [oldest] = signals;
  if (summaries.length === 0 || oldest === undefined) return null;
  return (
    <Section title="Signal">
      <p>
        {summaries.join('; ')}{' '}
        <span class="quiet">
          in {signals.length} frames of the latest {spanText(now - oldest.atMs)}
        </span>
      </p>
      {signals.length > 1 && <SignalChart signals={signals} />}
    </Section>
  );
}

/** `RSSI -97 dBm (-104 to -91)`; undefined: the link does not tell. */
function summary(
  signals: Signals,
  name: string,
  unit: string,
  read: (signal: Signals[number]) => number | null,
): string | undefined {
  const values = signals.map(read).filter((value) => value !== null);
  const latest = values.at(-1);
  if (latest === undefined) return undefined;
  const range = `${Math.min(...values)} to ${Math.max(...values)}`;
  return `${name} ${latest}${unit && ` ${unit}`} (${range})`;
}
