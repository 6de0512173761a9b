import { readdirSync, readFileSync } from 'node:fs';
const FOLDER = new URL('../../scenarios/', import.meta.url);
const MACROS = 'macros.json';
/** Every group of scenarios, its macros expanded. */
export function loadScenarios() {
    const macros = read(MACROS);
    return readdirSync(FOLDER)
        .filter((name) => name.endsWith('.json') && name !== MACROS)
        .map((name) => read(name))
        .map((file) => ({ ...file, scenarios: file.scenarios.map((one) => expandAll(one, macros)) }));
}
function read(name) {
    return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
}
function expandAll(scenario, macros) {
    return {
        ...scenario,
        setup: expand(scenario.setup, macros),
        steps: expand(scenario.steps, macros),
        check: expand(scenario.check, macros),
    };
}
function expand(steps, macros) {
    return steps.flatMap((step) => {
        const macro = macros[step[0]];
        if (!macro)
            return [step];
        const given = { ...macro.parameters, ...step[1] };
        return expand(fill(macro.steps, given), macros);
    });
}
/** Puts parameters in place of `${name}`; a text that is nothing else becomes the parameter itself. */
function fill(value, given) {
    if (typeof value === 'string') {
        const whole = /^\$\{(\w+)\}$/.exec(value)?.[1];
        if (whole)
            return given[whole];
        return value.replace(/\$\{(\w+)\}/g, (_, name) => String(given[name]));
    }
    if (Array.isArray(value))
        return value.map((one) => fill(one, given));
    if (typeof value !== 'object' || value === null)
        return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, given)]));
}
