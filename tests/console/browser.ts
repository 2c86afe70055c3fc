// Debian's Chromium without a window, one page at a time; whatever the page complains about fails the test.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { AxeResults } from 'axe-core';
import type { About } from './stage';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const shots = fileURLToPath(new URL('../../build/console/screenshots/', import.meta.url));
const patience = Number(process.env.LANEWAY_PATIENCE ?? '1');
export const wide = { width: 1440, height: 900 };
export const narrow = { width: 480, height: 900 };

// The browser's own note about the first question of the page: is there a session?
const asked = /status of 401/;

export interface Options {
  viewport?: { width: number; height: number };
  theme?: 'light' | 'dark';
  port?: number; // of what stands between
  mayComplain?: RegExp; // what a test provokes
}

export class Visitor {
  readonly complaints: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly base: string,
    private readonly mayComplain: RegExp | undefined,
  ) {
    page.on('pageerror', (error) => this.complaints.push(`${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
  }

  static async begin(browser: Browser, about: About, options: Options = {}): Promise<Visitor> {
    const base = `https://127.0.0.1:${options.port ?? about.port}`;
    const context = await browser.newContext({
      baseURL: base,
      ignoreHTTPSErrors: true, // the certificate is lanewayd's own
      viewport: options.viewport ?? wide,
      colorScheme: options.theme ?? 'light',
      reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(30_000 * patience);
    return new Visitor(context, await context.newPage(), base, options.mayComplain);
  }

  async logIn(user: string, password: string): Promise<void> {
    await this.page.goto('/');
    await this.page.getByLabel('User').fill(user);
    await this.page.getByLabel(/^Password/).fill(password);
    await this.page.getByRole('button', { name: 'Log in' }).click();
    await this.page.getByRole('button', { name: `${user}, ` }).waitFor();
  }

  // Within the page, as a click on a link does.
  async go(path: string, heading: string): Promise<void> {
    await this.page.goto(path);
    await this.page.getByRole('heading', { level: 1, name: heading }).waitFor();
  }

  async shoot(name: string): Promise<void> {
    mkdirSync(shots, { recursive: true });
    await this.page.screenshot({ path: `${shots}${name}.png` });
  }

  // What axe finds wrong with what is shown, as one line each.
  async findings(): Promise<string[]> {
    await this.page.evaluate(axeSource);
    const results = await this.page.evaluate(() => {
      const { axe } = globalThis as unknown as { axe: { run: () => Promise<AxeResults> } };
      return axe.run();
    });
    return results.violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(' ')}: ${failureSummary ?? ''}`),
    );
  }

  unexpected(): string[] {
    return this.complaints.filter((text) => !asked.test(text) && !this.mayComplain?.test(text));
  }

  async end(): Promise<void> {
    await this.context.close();
  }
}

export function launch(): Promise<Browser> {
  // The sandbox needs privileges that a container's root does not have; the pages are our own.
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
