import { readdirSync, readFileSync } from 'node:fs';
import type { Macro, Scenario, ScenarioFile, Step } from './types.js';

const FOLDER = new URL('../../scenarios/', import.meta.url);
const MACROS = 'macros.json';

/** Every group of scenarios, its macros expanded. */
export function loadScenarios(): ScenarioFile[] {
  const macros = read(MACROS) as Record<string, Macro>;
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json') && name !== MACROS)
    .map((name) => read(name) as ScenarioFile)
    .map((file) => ({ ...file, scenarios: file.scenarios.map((one) => expandAll(one, macros)) }));
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
}

function expandAll(scenario: Scenario, macros: Record<string, Macro>): Scenario {
  return {
    ...scenario,
    setup: expand(scenario.setup, macros),
    steps: expand(scenario.steps, macros),
    check: expand(scenario.check, macros),
  };
}

function expand(steps: Step[], macros: Record<string, Macro>): Step[] {
  return steps.flatMap((step) => {
    const macro = macros[step[0]];
    if (!macro) return [step];
    const given = { ...macro.parameters, ...(step[1] as Record<string, unknown> | undefined) };
    return expand(fill(macro.steps, given) as Step[], macros);
  });
}

/** Puts parameters in place of `${name}`; a text that is nothing else becomes the parameter itself. */
function fill(value: unknown, given: Record<string, unknown>): unknown {
  if (typeof value === 'string') {
    const whole = /^\$\{(\w+)\}$/.exec(value)?.[1];
    if (whole) return given[whole];
    return value.replace(/\$\{(\w+)\}/g, (_, name: string) => String(given[name]));
  }
  if (Array.isArray(value)) return value.map((one) => fill(one, given));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, given)]));
}
