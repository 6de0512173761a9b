/** What a histogram in Prometheus text has to be, beside its samples being well-formed. */

/** Throws unless the series of each set of labels are whole: buckets that ascend and add up, `+Inf`, sum and count. */
export function checkHistogram(name: string, samples: ReadonlyMap<string, number>): void {
  const sets = new Set([...samples.keys()].map((key) => labelsOf(key)));
  for (const labels of sets) checkSet(name, labels, samples);
}

function checkSet(name: string, labels: string, samples: ReadonlyMap<string, number>): void {
  const fault = (what: string): Error => new Error(`${name}{${labels}}: ${what}`);
  const braces = labels === '' ? '' : `{${labels}}`;
  const buckets = [...samples].filter(
    ([key]) => key.startsWith(`${name}_bucket{`) && labelsOf(key) === labels,
  );
  let lastBound = Number.NEGATIVE_INFINITY;
  let lastCount = 0;
  for (const [key, count] of buckets) {
    const [, text] = /le="([^"]*)"\}$/.exec(key) ?? [];
    const bound = text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
    if (!(bound > lastBound)) throw fault('bounds do not ascend');
    if (count < lastCount) throw fault('buckets do not add up');
    [lastBound, lastCount] = [bound, count];
  }
  if (lastBound !== Number.POSITIVE_INFINITY) throw fault('there is no +Inf bucket');
  if (samples.get(`${name}_count${braces}`) !== lastCount) throw fault('count is not that of +Inf');
  if (!samples.has(`${name}_sum${braces}`)) throw fault('there is no sum');
}

/** Labels of a sample without `le`, which stands last. */
function labelsOf(key: string): string {
  const [, labels = ''] = /\{(.*)\}$/.exec(key) ?? [];
  return labels.replace(/(?:^|,)le="[^"]*"$/, '');
}
