/** The board and the alerts in `deploy/` ask for metrics, labels and values that there are. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readMetrics } from '../../support/prometheus.js';
import { wantedBy } from '../../support/promql.js';
import { everyMetric } from './every-metric.js';

interface Panel {
  title: string;
  targets?: { expr: string; legendFormat: string }[];
}

interface Board {
  panels: Panel[];
  templating: { list: { name: string; type: string; query: string }[] };
}

interface Rule {
  alert: string;
  expr: string;
  annotations: Record<string, string>;
}

/** Of the scrape, not of ours. */
const TARGET_LABELS = ['job', 'instance'];
/** Their values are the operator's. */
const FREE_LABELS = [...TARGET_LABELS, 'link', 'client', 'version'];

/** Values of each label of each metric, histograms by the names of their series. */
const known = new Map<string, Map<string, Set<string>>>();
for (const { samples } of readMetrics(everyMetric()).values()) {
  for (const key of samples.keys()) {
    const [, name = '', text = ''] = /^([^{]+)(?:\{(.*)\})?$/.exec(key) ?? [];
    const labels = known.get(name) ?? new Map<string, Set<string>>();
    known.set(name, labels);
    for (const [, label = '', value = ''] of text.matchAll(/(\w+)="([^"]*)"/g)) {
      labels.set(label, (labels.get(label) ?? new Set()).add(value));
    }
  }
}

/** What an expression asks for that there is not. */
function faults(expression: string, shown: string): string[] {
  const { wanted, grouping } = wantedBy(expression);
  const found = wanted.flatMap(({ metric, labels }): string[] => {
    const has = known.get(metric);
    if (has === undefined) return [`no metric ${metric}`];
    return labels.flatMap(({ name, value, isPattern }) => {
      if (FREE_LABELS.includes(name)) {
        const isThere = TARGET_LABELS.includes(name) || has.has(name);
        return isThere ? [] : [`${metric} has no label ${name}`];
      }
      const values = isPattern ? value.split('|') : [value];
      return values.flatMap((one) =>
        has.get(name)?.has(one) ? [] : [`no ${metric} ${name}=${one}`],
      );
    });
  });
  const all = new Set(wanted.flatMap(({ metric }) => [...(known.get(metric)?.keys() ?? [])]));
  const named = [...shown.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g)].map(
    ([, name = '']) => name,
  );
  const isGrouped = expression.includes('by (');
  const unknown = [...grouping, ...named].filter(
    (name) => !TARGET_LABELS.includes(name) && !all.has(name),
  );
  const lost = isGrouped ? named.filter((name) => !grouping.includes(name)) : [];
  return [
    ...found,
    ...unknown.map((name) => `no label ${name}`),
    ...lost.map((name) => `${name} is summed up`),
  ];
}

const board = JSON.parse(readFileSync('deploy/grafana-dashboard.json', 'utf8')) as Board;
const rules = (
  parse(readFileSync('deploy/prometheus-alerts.yaml', 'utf8')) as {
    groups: { rules: Rule[] }[];
  }
).groups.flatMap(({ rules: some }) => some);

describe('the board for Grafana', () => {
  const targets = board.panels.flatMap(({ title, targets: some = [] }) =>
    some.map(({ expr, legendFormat }) => ({ title, expr, legendFormat })),
  );

  it.each(targets)('$title: $expr', ({ expr, legendFormat }) => {
    expect(faults(expr, legendFormat)).toEqual([]);
  });

  it('has variables for what it asks with, from metrics that there are', () => {
    const names = board.templating.list.map(({ name }) => name);
    const used = [...JSON.stringify(board.panels).matchAll(/\$\{?([a-z]+)\}?/g)].map(
      ([, name]) => name,
    );
    expect([...new Set(used)].filter((name) => !names.includes(name ?? ''))).toEqual([]);
    const queries = board.templating.list.filter(({ type }) => type === 'query');
    expect(queries.flatMap(({ query }) => faults(query, ''))).toEqual([]);
  });

  it('has a place of its own for each panel', () => {
    const ids = board.panels.map((panel) => (panel as unknown as { id: number }).id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the alerts for Prometheus', () => {
  it.each(rules)('$alert', ({ expr, annotations }) => {
    expect(faults(expr, Object.values(annotations).join(' '))).toEqual([]);
    expect(annotations).toMatchObject({
      summary: expect.any(String) as string,
      description: expect.any(String) as string,
    });
  });

  it('have names of their own', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });
});

describe('the comparison', () => {
  it.each([
    ['mqttsn_gateway_nothing', 'no metric'],
    ['rate(mqttsn_gateway_dropped_total{why="x"}[5m])', 'why=x'],
    ['mqttsn_gateway_dropped_total{reason="gone"}', 'reason=gone'],
    ['mqttsn_gateway_sessions{state=~"ACTIVE|ASLEPP"}', 'state=ASLEPP'],
    ['mqttsn_gateway_broker_up{link="lan"}', 'no label link'],
    ['sum by (client) (mqttsn_gateway_sessions)', 'no label client'],
  ])('finds what is wrong in %s', (expression, fault) => {
    expect(faults(expression, '').join()).toContain(fault);
  });

  it('finds labels in words that the expression has not', () => {
    expect(faults('mqttsn_gateway_broker_up', '{{ $labels.link }}')).toEqual(['no label link']);
    expect(faults('sum by (what) (mqttsn_gateway_dropped_total)', '{{reason}}')).toEqual([
      'reason is summed up',
    ]);
  });
});
