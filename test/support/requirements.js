import { find, PROGRAMS } from '../../.ci/programs.mjs';
/** Where a program of the system is; without it the test is skipped, and the report says why. */
export function need(context, program) {
    const path = find(program);
    if (path !== undefined)
        return path;
    const entry = PROGRAMS.find((candidate) => candidate.program === program);
    return context.skip(`${program} is not installed: apt-get install ${entry?.package}`);
}
