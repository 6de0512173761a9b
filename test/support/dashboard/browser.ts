/** Chromium, as people use the page. Nothing but the gateway is reached. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { TestContext } from 'vitest';
import { need } from '../requirements.js';
import { PATIENCE_MS } from '../wait.js';

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

export const PHONE = { width: 375, height: 667 };
export const DESK = { width: 1280, height: 800 };

/** One for all tests of a file: it takes seconds to start. */
export class OneBrowser {
  private browser: Promise<Browser> | undefined;

  /** A page of its own, with nothing of earlier ones; the test fails when it reports an error. */
  async open(
    context: TestContext,
    url: string,
    options: BrowserContextOptions = {},
  ): Promise<WatchedPage> {
    const executablePath = need(context, 'chromium');
    this.browser ??= chromium.launch({ executablePath, args: ARGUMENTS });
    const browser = await this.browser;
    const window = await browser.newContext({ viewport: DESK, ...options });
    window.setDefaultTimeout(PATIENCE_MS);
    const page = await window.newPage();
    const watched = new WatchedPage(page);
    await page.goto(url);
    return watched;
  }

  readonly close = async (): Promise<void> => {
    await (await this.browser)?.close();
    this.browser = undefined;
  };
}

/** A page, and what it did that it should not: errors, and requests that leave the gateway. */
export class WatchedPage {
  readonly errors: string[] = [];
  readonly requests: string[] = [];

  constructor(readonly page: Page) {
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
    page.on('request', (request) => this.requests.push(request.url()));
  }

  readonly close = async (): Promise<void> => {
    await this.page.context().close();
  };
}
