// No edit is lost: two windows, a lost line, a server that dies and comes back.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertFaultless, launch, open, settled, signIn } from './browser.mjs';
import { draftText, Server, written } from './server.mjs';

/** @type {Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<Server['setUp']>>} */
let grace;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  grace = await server.setUp();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** @param {string} id */
async function window_(id) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  await signIn(context, server.origin, grace.cookie);
  const { page, faults } = await open(context);
  await page.goto(`${server.origin}/documents/${id}`);
  await settled(page);
  await page.locator('.ProseMirror').waitFor();
  return { context, page, faults };
}

/**
 * @param {import('playwright-core').Page} page
 * @param {string} text
 */
async function type(page, text) {
  await page.locator('.ProseMirror').click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(text);
}

/**
 * @param {import('playwright-core').Page} page
 * @param {RegExp} state
 */
const shows = (page, state) => page.getByRole('status').filter({ hasText: state }).first().waitFor();

test('of two windows none silently overwrites the other', async () => {
  const id = await written(grace.api, 'Two windows', ['Begun together.']);
  const first = await window_(id);
  const second = await window_(id);
  await type(first.page, ' From the first window.');
  await shows(first.page, /^Saved/);
  await type(second.page, ' From the second window.');
  await second.page.getByText('This draft was changed elsewhere').first().waitFor();
  assert.match(await draftText(grace.api, id), /From the first window\./);
  assert.doesNotMatch(await draftText(grace.api, id), /second/);
  await second.page.getByRole('button', { name: 'Save mine as the newest version' }).click();
  await shows(second.page, /^Saved/);
  assert.match(await draftText(grace.api, id), /From the second window\./);
  const revisions = await grace.api('GET', `/documents/${id}/revisions`);
  const texts = await Promise.all(
    revisions.items.map(async (/** @type {any} */ revision) =>
      JSON.stringify(await grace.api('GET', `/documents/${id}/revisions/${revision.number}`)),
    ),
  );
  assert.ok(texts.some((text) => text.includes('From the first window.')), 'the other one is among the versions');
  assertFaultless([...first.faults, ...second.faults]);
  await first.context.close();
  await second.context.close();
});

test('words typed without a line are saved when it is back', async () => {
  const id = await written(grace.api, 'Offline', ['Begun online.']);
  const { context, page } = await window_(id);
  await context.setOffline(true);
  await type(page, ' Typed offline.');
  await shows(page, /^Offline/);
  await context.setOffline(false);
  await shows(page, /^Saved/);
  assert.match(await draftText(grace.api, id), /Typed offline\./);
  await context.close();
});

test('words typed while the server is dead survive its restart, and a reload of the page', async () => {
  const id = await written(grace.api, 'Crash', ['Begun before.']);
  const { context, page } = await window_(id);
  await type(page, ' Saved before.');
  await shows(page, /^Saved/);
  await server.kill();
  await type(page, ' Typed while it was dead.');
  await shows(page, /^(Offline|Not saved yet)/);
  await server.run();
  // A page that asks before it is left may do so: what is kept must survive leaving all the same.
  page.on('dialog', (dialog) => void dialog.accept());
  await page.reload();
  await page.locator('.ProseMirror').getByText('Typed while it was dead.').waitFor();
  await shows(page, /^Saved/);
  assert.match(await draftText(grace.api, id), /Saved before\. Typed while it was dead\./);
  await context.close();
});

test('a title is kept when the page is left from within its field', async () => {
  const id = await written(grace.api, 'Before', ['Words.']);
  const { context, page, faults } = await window_(id);
  await page.goto(`${server.origin}/documents`);
  await page.getByRole('link', { name: 'Before' }).first().click();
  await page.getByLabel('Title', { exact: true }).fill('After');
  await page.goBack();
  await server.until('the new title', async () => (await grace.api('GET', `/documents/${id}`)).title === 'After');
  assertFaultless(faults);
  await context.close();
});

test('a name typed for a version survives further saves and a reload', async () => {
  const id = await written(grace.api, 'Naming', ['Words.']);
  const { context, page, faults } = await window_(id);
  const openVersions = async () => {
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Versions' }).click();
  };
  await openVersions();
  const name = page.getByLabel('Name the draft as it is now');
  await name.fill('For the board');
  await type(page, ' More words.');
  await shows(page, /^Saved/);
  assert.equal(await name.inputValue(), 'For the board');
  await page.reload();
  await openVersions();
  assert.equal(await name.inputValue(), 'For the board');
  await page.getByRole('button', { name: 'Save name' }).click();
  await page.getByText('This version is now called “For the board”.').waitFor();
  assert.equal(await name.inputValue(), '');
  assertFaultless(faults);
  await context.close();
});
