/** Chromium, as people use the page. Nothing but the gateway is reached. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { TestContext } from 'vitest';
import { need } from '../requirements.js';
import { PATIENCE_MS, until } from '../wait.js';

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

/**
 * Waits until an expression is something in the page. Its policy forbids the page itself to evaluate texts, so it is asked
 * again and again, instead of once by `waitForFunction`.
 */
export const untilInPage = async (page: Page, expression: string): Promise<void> =>
  void (await until(() => page.evaluate(`Boolean(${expression})`), PATIENCE_MS, expression));

/** One for all tests of a file: it takes seconds to start. */
export class OneBrowser {
  private browser: Promise<Browser> | undefined;

  /** A page of its own, with nothing of earlier ones. */
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
    const watched = new WatchedPage(page, new URL(url).origin);
    await page.goto(url);
    return watched;
  }

  readonly close = async (): Promise<void> => {
    await (await this.browser)?.close();
    this.browser = undefined;
  };
}

/** A page, and what it did that it should not: errors, breaches of its policy, requests that leave the gateway. */
export class WatchedPage {
  private readonly faults: string[] = [];
  /** Errors with one of these are what the test is about. */
  private readonly expected: string[] = [];

  constructor(
    readonly page: Page,
    origin: string,
  ) {
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.faults.push(message.text());
    });
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) this.faults.push(`asked ${request.url()}`);
    });
  }

  /** The browser itself calls an answer such as 404 an error. */
  expectError(text: string): void {
    this.expected.push(text);
  }

  /** Fails when it did something that it should not. */
  readonly close = async (): Promise<void> => {
    await this.page.context().close();
    const isExpected = (fault: string): boolean =>
      this.expected.some((text) => fault.includes(text));
    const faults = this.faults.filter((fault) => !isExpected(fault));
    if (faults.length > 0)
      throw new Error(`the page did what it should not:\n${faults.join('\n')}`);
  };
}
