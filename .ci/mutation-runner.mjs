/**
 * Runs tests for Stryker within its own process. A run of vitest takes seconds, whatever it runs, and
 * there are ten thousand changes; here a test is a function that is called again. The tests of the pure
 * folders can take that: they leave nothing behind, and need nothing but `describe`, `it` and `expect`.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { DryRunStatus, TestStatus, toMutantRunResult } from '@stryker-mutator/api/test-runner';
import fc from 'fast-check';
import { createServer, createServerModuleRunner } from 'vite';
import { expect } from 'vitest';
import { Collector } from './mutation-collector.mjs';

/** @typedef {import('@stryker-mutator/api/test-runner').TestResult} TestResult */
/** @typedef {import('./mutation-collector.mjs').Test} Test */

/** Random cases for each property, however many it asks for: each is tried against thousands of changes. */
const RUNS_MAX = 25;

/** As tests know it, with fewer cases; and the first failure will do, for nobody reads the smallest one. */
const fewCases = {
  ...fc,
  /**
   * @template T
   * @param {import('fast-check').IRawProperty<T>} property
   * @param {import('fast-check').Parameters<T>} [parameters]
   */
  assert: (property, parameters = {}) => {
    const numRuns = Math.min(parameters.numRuns ?? RUNS_MAX, RUNS_MAX);
    return fc.assert(property, { ...parameters, numRuns, endOnFailure: true });
  },
};

/**
 * Stryker takes code that runs a hundred times as often as before for a loop without an end. These
 * tests do the same each time: a tenth of that tells as much, and loops over octets end in a second.
 */
const STRYKERS_PATIENCE = 10;

/**
 * What instrumented code and Stryker know each other by.
 * @typedef {{ activeMutant?: string | undefined, currentTestId?: string | undefined,
 *   hitCount?: number | undefined, hitLimit?: number | undefined,
 *   mutantCoverage?: import('@stryker-mutator/api/core').MutantCoverage }} Stryker
 */

/** @type {Stryker} */
const stryker = {};
Reflect.set(globalThis, '__stryker__', stryker);

class Runner {
  /** @type {[]} */
  static inject = [];

  /** @type {import('vite').ViteDevServer | undefined} */
  #server;
  /** @type {import('vite/module-runner').ModuleRunner | undefined} */
  #modules;
  /** @type {Test[]} */
  #tests = [];
  /**
   * What each test took when nothing was changed: quick ones come first.
   * @type {Map<string, number>}
   */
  #tookMs = new Map();

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    this.#server = await createServer({
      configFile: false,
      logLevel: 'error',
      appType: 'custom',
      server: { middlewareMode: true, ws: false, watch: null },
      optimizeDeps: { noDiscovery: true },
      resolve: {
        alias: {
          vitest: join(process.cwd(), '.ci/mutation-vitest.mjs'),
          'fast-check': join(process.cwd(), '.ci/mutation-fast-check.mjs'),
        },
      },
    });
    const { ssr } = this.#server.environments;
    this.#modules = createServerModuleRunner(ssr);
  }

  async dryRun() {
    await this.#load();
    /** @type {TestResult[]} */
    const results = [];
    for (const test of this.#tests) {
      stryker.currentTestId = test.id;
      const result = await this.#run(test);
      this.#tookMs.set(test.id, result.timeSpentMs);
      results.push(result);
    }
    stryker.currentTestId = undefined;
    this.#tests.sort((a, b) => this.#msOf(a) - this.#msOf(b));
    return {
      status: /** @type {const} */ (DryRunStatus.Complete),
      tests: results,
      ...(stryker.mutantCoverage && { mutantCoverage: stryker.mutantCoverage }),
    };
  }

  /** @param {import('@stryker-mutator/api/test-runner').MutantRunOptions} options */
  async mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation, reloadEnvironment }) {
    stryker.hitCount = hitLimit === undefined ? undefined : 0;
    stryker.hitLimit = hitLimit && hitLimit / STRYKERS_PATIENCE;
    stryker.activeMutant = activeMutant.id;
    if (reloadEnvironment || this.#tests.length === 0) {
      if (mutantActivation === 'runtime') stryker.activeMutant = undefined;
      try {
        await this.#load();
      } catch (error) {
        return toMutantRunResult({
          status: DryRunStatus.Complete,
          tests: [failed('load', String(error), 0)],
        });
      }
      stryker.activeMutant = activeMutant.id;
    }
    const wanted = testFilter && new Set(testFilter);
    /** @type {TestResult[]} */
    const results = [];
    for (const test of this.#tests) {
      if (wanted?.has(test.id) === false) continue;
      const result = await this.#run(test);
      results.push(result);
      if (result.status === TestStatus.Failed) break;
    }
    if ((stryker.hitCount ?? 0) > (stryker.hitLimit ?? Number.POSITIVE_INFINITY)) {
      return toMutantRunResult({
        status: DryRunStatus.Timeout,
        reason: `the changed code was run ${stryker.hitCount} times`,
      });
    }
    return toMutantRunResult({ status: DryRunStatus.Complete, tests: results });
  }

  async dispose() {
    await this.#modules?.close();
    await this.#server?.close();
  }

  /** Evaluates tests and code anew; they stay compiled. */
  async #load() {
    const runner = /** @type {import('vite/module-runner').ModuleRunner} */ (this.#modules);
    runner.clearCache();
    const collector = new Collector();
    Reflect.set(globalThis, 'mutationTests', { ...collector.api, expect, fc: fewCases });
    for (const file of testFiles()) {
      collector.file = file;
      await runner.import(file);
    }
    this.#tests = collector.tests;
    this.#tests.sort((a, b) => this.#msOf(a) - this.#msOf(b));
  }

  /** @param {Test} test */
  #msOf({ id }) {
    return this.#tookMs.get(id) ?? 0;
  }

  /**
   * @param {Test} test
   * @returns {Promise<TestResult>}
   */
  async #run({ id, run }) {
    const startMs = performance.now();
    try {
      await run();
      const timeSpentMs = performance.now() - startMs;
      return { id, name: id, timeSpentMs, status: TestStatus.Success };
    } catch (error) {
      return failed(
        id,
        error instanceof Error ? error.message : String(error),
        performance.now() - startMs,
      );
    }
  }
}

/**
 * @param {string} id
 * @param {string} failureMessage
 * @param {number} timeSpentMs
 * @returns {TestResult}
 */
function failed(id, failureMessage, timeSpentMs) {
  return { id, name: id, timeSpentMs, status: TestStatus.Failed, failureMessage };
}

/** Those whose paths begin as mutation.mjs says. */
function testFiles() {
  return (process.env['MUTATION_TESTS'] ?? '').split(' ').flatMap((start) => {
    const folder = statSync(start, { throwIfNoEntry: false })?.isDirectory()
      ? start
      : join(start, '..');
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => path.startsWith(start) && path.endsWith('.test.ts'))
      .map((path) => `/${path}`)
      .sort();
  });
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', Runner)];
