/** Starts one Chromium for all browser tests, in whichever process they run: it takes seconds to start. */
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { find } from '../../../.ci/programs.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where Playwright reaches it; undefined where there is none. */
    browserEndpoint: string | undefined;
  }
}

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const executablePath = find('chromium');
  if (executablePath === undefined) return undefined;
  const server = await chromium.launchServer({ executablePath, args: ARGUMENTS });
  project.provide('browserEndpoint', server.wsEndpoint());
  return () => server.close();
}
