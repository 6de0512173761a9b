/** What the browser tests have in common: one browser, and for each test a gateway and pages of its own. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, type TestContext } from 'vitest';
import { Cleanup } from '../cleanup.js';
import { OneBrowser, type WatchedPage } from './browser.js';
import { PretendedGateway } from './pretended-gateway.js';

export interface Stage {
  cleanup: Cleanup;
  /** Opens a page at any gateway. */
  open: (
    context: TestContext,
    url: string,
    options?: BrowserContextOptions,
  ) => Promise<WatchedPage>;
  pretended: (token?: string) => Promise<PretendedGateway>;
}

/** To be called once, at the head of a file. */
export function stage(): Stage {
  const cleanup = new Cleanup();
  const browser = new OneBrowser();
  afterEach(cleanup.run);
  afterAll(browser.close);
  return {
    cleanup,
    open: async (context, url, options) =>
      cleanup.add(await browser.open(context, url, options), (page) => page.close()),
    pretended: async (token) => {
      const gateway = cleanup.add(new PretendedGateway(token), (one) => one.stop());
      await gateway.start();
      return gateway;
    },
  };
}

/** The element that names what is the matter. */
export const finding = (page: Page, id: string) => page.locator(`[data-finding="${id}"]`);
