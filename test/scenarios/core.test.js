import { describe, expect, it } from 'vitest';
import { CoreWorld } from '../support/scenario/core-world.js';
import { loadScenarios } from '../support/scenario/load.js';
import { play } from '../support/scenario/play.js';
const files = loadScenarios();
describe('conformance scenarios on the core, under virtual time', () => {
    for (const file of files) {
        describe(file.title, () => {
            for (const scenario of file.scenarios) {
                it(`${scenario.id}: ${scenario.title}`, () => play(scenario, new CoreWorld(scenario.settings)));
            }
        });
    }
    it('the list is complete', () => {
        const ids = files.flatMap((file) => file.scenarios.map((one) => one.id.replace(/\/.*/, '')));
        expect(new Set(ids).size).toBe(109);
    });
});
