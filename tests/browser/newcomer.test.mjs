// A newcomer, with nothing configured and nothing read, from the set-up link to a finished Word file.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFaultless, launch, open, printed, screenshot, settled } from './browser.mjs';
import { PASSWORD, Server } from './server.mjs';

const REPORT = `<h1>Harbour museum: field trip</h1>
  <p>The fifth grade visits the harbour museum on 14 May. Two buses leave the school at 8:15 in the morning.</p>
  <h2>Costs</h2><p>Each pupil pays 12 euros. The parents' association pays for the buses.</p>
  <h2>Safety</h2><p>One adult accompanies every eight pupils. Allergies must be reported to the school nurse.</p>
  ${Array.from({ length: 38 }, (_, n) => `<h2 style="break-before: page">Annex ${n + 1}</h2><p>Room ${n + 1} of the museum holds ${n + 3} model ships.</p>`).join('')}`;

/** @type {Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('a newcomer gets from the set-up link to a Word file without a model', async () => {
  const buffer = await printed(browser, REPORT);
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, acceptDownloads: true });
  const { page, faults } = await open(context);

  await page.goto(await server.setUpLink());
  await settled(page);
  await assertAccessible(page, 'set-up');
  await screenshot(page, 'newcomer-1-set-up');
  await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace');
  await page.getByLabel('E-mail').fill('ada@example.org');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create the workspace' }).click();

  await page.getByRole('heading', { name: 'Three steps to your first draft' }).waitFor();
  await settled(page);
  await assertAccessible(page, 'the empty dashboard');
  await screenshot(page, 'newcomer-2-dashboard');
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose a file' }).click();
  await (await choosing).setFiles({ name: 'Field trip.pdf', mimeType: 'application/pdf', buffer });

  // One file leads straight to its document.
  await page.waitForURL(/\/documents\/[0-9a-f-]{36}$/);
  await page.getByRole('heading', { name: 'Make the first draft' }).waitFor();
  await page.getByText('Two buses leave the school at 8:15').waitFor();
  await screenshot(page, 'newcomer-3-source');
  for (const field of await page.locator('form [name]').all()) {
    if ((await field.inputValue()) === '') await field.fill('Field trip to the museum');
  }
  await page.getByRole('button', { name: 'Write the draft' }).click();

  const draft = page.locator('.ProseMirror');
  await draft.getByText('12 euros').first().waitFor({ timeout: 60_000 });
  await draft.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' Written by hand at the end.');
  await page.getByRole('status').filter({ hasText: /^Saved/ }).waitFor();
  await settled(page);
  await assertAccessible(page, 'the document');
  await screenshot(page, 'newcomer-4-draft');

  await page.getByRole('button', { name: 'Export' }).click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Word document (.docx)' }).click();
  const download = await downloading;
  assert.match(download.suggestedFilename(), /\.docx$/);
  const xml = execFileSync('unzip', ['-p', await download.path(), 'word/document.xml'], { encoding: 'utf8' });
  const text = xml.replace(/<[^>]+>/g, '');
  assert.match(text, /12 euros/);
  assert.match(text, /Written by hand at the end\./);

  await page.reload();
  await page.locator('.ProseMirror').getByText('Written by hand at the end.').waitFor();
  assertFaultless(faults);
  await context.close();
});

test('the sample document is one click away', async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const { page, faults } = await open(context);
  await page.goto(`${server.origin}/sign-up`);
  await page.getByLabel('Name', { exact: true }).fill('Grace Hopper');
  await page.getByLabel('E-mail').fill('grace@example.org');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByRole('button', { name: 'Try with a sample document' }).click();
  await page.waitForURL(/\/documents\/[0-9a-f-]{36}$/);
  await page.getByRole('heading', { name: 'Make the first draft' }).waitFor();
  await page.getByRole('button', { name: 'Write the draft' }).waitFor();
  assertFaultless(faults);
  await context.close();
});

test('signing in again leads back to where one wanted to go', async () => {
  const context = await browser.newContext();
  const { page, faults } = await open(context);
  await page.goto(`${server.origin}/exports`);
  await page.getByLabel('E-mail').fill('ada@example.org');
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('E-mail and password do not match an account.').waitFor();
  await assertAccessible(page, 'a refused sign-in');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Exports', level: 1 }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/exports');
  assertFaultless(faults);
  await context.close();
});
