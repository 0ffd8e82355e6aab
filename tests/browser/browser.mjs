// Chromium, and what every page must keep: no error in the console, no breach of the content security policy, no
// accessibility violation.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export function launch() {
  const executablePath = process.env.CARREL_CHROMIUM ?? PROGRAMS.find((path) => existsSync(path));
  if (!executablePath) throw new Error('no Chromium found: install it, or set CARREL_CHROMIUM');
  return chromium.launch({
    executablePath,
    args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'],
  });
}

/**
 * A page that remembers everything that went wrong on it.
 * @param {import('playwright-core').BrowserContext} context
 */
export async function open(context) {
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  /** @type {string[]} */
  const faults = [];
  page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    // The browser itself reports answers such as 404 here, which the API gives by design; 5xx are seen below.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      faults.push(`console: ${message.text()}`);
    }
  });
  page.on('response', (response) => {
    if (response.status() >= 500) faults.push(`${response.request().method()} ${response.url()}: ${response.status()}`);
  });
  await page.exposeFunction('reportViolation', (/** @type {string} */ what) => faults.push(`policy: ${what}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      // @ts-expect-error exposed above
      window.reportViolation(`${event.effectiveDirective} refused ${event.blockedURI} ${event.sourceFile ?? ''}`);
    });
  });
  return { page, faults };
}

/** @param {string[]} faults */
export function assertFaultless(faults) {
  assert.deepEqual(faults, []);
}

/**
 * @param {import('playwright-core').Page} page
 * @param {string} where
 */
export async function assertAccessible(page, where) {
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async (rules) => {
    // @ts-expect-error defined by the script above
    const result = await window.axe.run(document, { runOnly: rules });
    return result.violations.map((/** @type {any} */ violation) => ({
      rule: violation.id,
      help: violation.help,
      places: violation.nodes.map((/** @type {any} */ node) => `${node.target.join(' ')}: ${node.failureSummary}`),
    }));
  }, RULES);
  assert.deepEqual(violations, [], `accessibility of ${where}`);
}

/**
 * Waits until a page shows what it has to show.
 * @param {import('playwright-core').Page} page
 */
export async function settled(page) {
  await page.locator('h1').first().waitFor({ state: 'attached' });
  await page.waitForLoadState('networkidle');
  // Loading states are skeletons; a page that keeps one has not arrived.
  await page.waitForFunction(() => document.querySelectorAll('.mantine-Skeleton-root[data-visible]').length === 0);
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
}

/**
 * Keeps a picture in the directory that CARREL_SCREENSHOTS names, if it does.
 * @param {import('playwright-core').Page} page
 * @param {string} name
 */
export async function screenshot(page, name) {
  const directory = process.env.CARREL_SCREENSHOTS;
  if (!directory) return;
  await mkdir(directory, { recursive: true });
  await page.screenshot({ path: join(directory, `${name}.png`), animations: 'disabled' });
}

/**
 * Signs a browser in with the cookie of a session.
 * @param {import('playwright-core').BrowserContext} context
 * @param {string} origin
 * @param {string} cookie `name=value`
 */
export async function signIn(context, origin, cookie) {
  const [name, ...value] = cookie.split('=');
  await context.addCookies([{ name: name ?? '', value: value.join('='), url: origin, httpOnly: true, sameSite: 'Lax' }]);
}

/**
 * A real PDF of this HTML, printed by the browser itself.
 * @param {import('playwright-core').Browser} browser
 * @param {string} html
 */
export async function printed(browser, html) {
  const page = await browser.newPage();
  await page.setContent(html);
  const bytes = await page.pdf({ format: 'A4' });
  await page.close();
  return bytes;
}
