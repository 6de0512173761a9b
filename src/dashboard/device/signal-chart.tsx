import type uPlot from 'uplot';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Device } from '../../http/api/schema/devices.js';
import { timeText } from '../text/moments.js';

type Signals = Device['signals'];

const HEIGHT_PX = 180;

/** Drawn by uPlot, which is loaded when somebody sees the first chart. Its words stand beside it. */
export function SignalChart({ signals }: { signals: Signals }) {
  const place = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<uPlot>();
  const hasLqi = signals.every(({ rssiDbm, snrDb }) => rssiDbm === null && snrDb === null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    let drawn: uPlot | undefined;
    let isOver = false;
    const draw = async (): Promise<void> => {
      const { default: Chart } = await import('uplot');
      if (isOver) return;
      drawn?.destroy();
      drawn = new Chart(optionsOf(element, hasLqi), [[], [], []], element);
      setChart(drawn);
    };
    const fit = new ResizeObserver(() =>
      drawn?.setSize({ width: element.clientWidth, height: HEIGHT_PX }),
    );
    fit.observe(element);
    // Canvas knows no style sheet: other colours want another drawing.
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => void draw();
    scheme.addEventListener('change', redraw);
    void draw();
    return () => {
      isOver = true;
      fit.disconnect();
      scheme.removeEventListener('change', redraw);
      drawn?.destroy();
    };
  }, [hasLqi]);
  useEffect(() => chart?.setData(dataOf(signals, hasLqi)), [chart, signals, hasLqi]);
  return <div ref={place} class="chart" aria-hidden="true" />;
}

function dataOf(signals: Signals, hasLqi: boolean): uPlot.AlignedData {
  const at = signals.map(({ atMs }) => atMs / 1000);
  if (hasLqi) return [at, signals.map(({ lqi }) => lqi)];
  return [at, signals.map(({ rssiDbm }) => rssiDbm), signals.map(({ snrDb }) => snrDb)];
}

function optionsOf(element: Element, hasLqi: boolean): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = { stroke: colour('--quiet'), grid: { stroke: colour('--line'), width: 1 } };
  const time = {
    ...axis,
    values: (_: uPlot, at: number[]) => at.map((sec) => timeText(sec * 1000)),
  };
  const line = (label: string, scale: string, name: string): uPlot.Series => ({
    label,
    scale,
    stroke: colour(name),
    width: 2,
    points: { size: 5 },
  });
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    series: hasLqi
      ? [{}, line('LQI', 'LQI', '--accent')]
      : [{}, line('RSSI, dBm', 'dBm', '--accent'), line('SNR, dB', 'dB', '--second')],
    axes: hasLqi
      ? [time, { ...axis, scale: 'LQI' }]
      : [time, { ...axis, scale: 'dBm' }, { ...axis, scale: 'dB', side: 1, grid: { show: false } }],
  };
}
