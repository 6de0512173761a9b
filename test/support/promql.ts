/** What an expression of PromQL asks for: metrics, and the labels that it expects of them. */
export interface Wanted {
  metric: string;
  /** In selectors. */
  labels: readonly { name: string; value: string; isPattern: boolean }[];
}

const WORDS = new Set([
  ...['and', 'or', 'unless', 'on', 'ignoring', 'group_left', 'group_right', 'by', 'without'],
  ...['sum', 'max', 'min', 'avg', 'count', 'rate', 'increase', 'time', 'absent', 'bool'],
  ...['histogram_quantile', 'label_values'],
]);

const LABEL = /([a-zA-Z_]\w*)(=~|!~|!=|=)"((?:[^"\\]|\\.)*)"/g;

/** Fails on a word that is neither known nor a metric with or without a selector. */
export function wantedBy(expression: string): { wanted: Wanted[]; grouping: string[] } {
  const grouping = [...expression.matchAll(/\b(?:by|on|without)\s*\(([^)]*)\)/g)].flatMap(
    ([, names = '']) => names.split(',').map((name) => name.trim()),
  );
  const bare = expression
    .replaceAll(/\b(?:by|on|without)\s*\([^)]*\)/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    // Names of labels that a query of variables asks for.
    .replaceAll(/,\s*[a-z]+\)$/g, ')');
  const wanted: Wanted[] = [];
  for (const [, metric = '', selector = ''] of bare.matchAll(
    /(?<![\w$"])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?/g,
  )) {
    if (WORDS.has(metric)) continue;
    const labels = [...selector.matchAll(LABEL)].map(([, name = '', operator, value = '']) => ({
      name,
      value,
      isPattern: operator !== '=',
    }));
    wanted.push({ metric, labels });
  }
  return { wanted, grouping };
}
