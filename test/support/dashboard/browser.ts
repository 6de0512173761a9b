/** Chromium, as people use the page. Nothing but the gateway is reached. */
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { inject, type TestContext } from 'vitest';
import { need } from '../requirements.js';
import { PATIENCE_MS, until } from '../wait.js';

export const PHONE = { width: 375, height: 667 };
export const DESK = { width: 1280, height: 800 };

/**
 * Waits until an expression is something in the page. Its policy forbids the page itself to evaluate texts, so it is asked
 * again and again, instead of once by `waitForFunction`.
 */
export const untilInPage = async (page: Page, expression: string): Promise<void> =>
  void (await until(() => page.evaluate(`Boolean(${expression})`), PATIENCE_MS, expression));

/** The one that `browser-setup` has started, as the tests of a file see it. */
export class OneBrowser {
  private browser: Promise<Browser> | undefined;
  /** One for each kind of page that was asked for. A new window costs thrice what a new tab does. */
  private readonly windows = new Map<string, Promise<BrowserContext>>();

  /** A page of its own, with nothing of earlier ones: each gateway is another origin, and cookies end with a page. */
  async open(
    context: TestContext,
    url: string,
    options: BrowserContextOptions = {},
  ): Promise<WatchedPage> {
    need(context, 'chromium');
    const page = await (await this.window(options)).newPage();
    const watched = new WatchedPage(page, new URL(url).origin);
    await page.goto(url);
    return watched;
  }

  /** The browser stays, for other files. */
  readonly close = async (): Promise<void> => {
    await (await this.browser)?.close();
    this.browser = undefined;
    this.windows.clear();
  };

  private window(options: BrowserContextOptions): Promise<BrowserContext> {
    const kind = JSON.stringify(options);
    const window = this.windows.get(kind) ?? this.openWindow(options);
    this.windows.set(kind, window);
    return window;
  }

  private async openWindow(options: BrowserContextOptions): Promise<BrowserContext> {
    this.browser ??= chromium.connect(inject('browserEndpoint') ?? '');
    const window = await (await this.browser).newContext({ viewport: DESK, ...options });
    window.setDefaultTimeout(PATIENCE_MS);
    // A window closes with its last tab.
    await window.newPage();
    return window;
  }
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
    await this.page.close();
    await this.page.context().clearCookies();
    const isExpected = (fault: string): boolean =>
      this.expected.some((text) => fault.includes(text));
    const faults = this.faults.filter((fault) => !isExpected(fault));
    if (faults.length > 0)
      throw new Error(`the page did what it should not:\n${faults.join('\n')}`);
  };
}
