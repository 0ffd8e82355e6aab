// With a model: a draft that streams in and outlives the page, a refinement to accept, a stop.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFaultless, launch, open, screenshot, settled, signIn } from './browser.mjs';
import { draftText, Server, written } from './server.mjs';
import { Upstream } from './upstream.mjs';

/** @type {Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<Server['setUp']>>} */
let grace;
/** @type {Upstream} */
let upstream;

before(async () => {
  [server, browser, upstream] = await Promise.all([Server.start(), launch(), Upstream.start()]);
  grace = await server.setUp();
  await grace.api('POST', '/admin/providers', {
    name: 'scripted',
    kind: 'openai_compatible',
    baseUrl: upstream.baseUrl,
    apiKey: 'k',
    models: [{ id: 'quill-1', name: 'Quill', enabled: true, contextWindow: 128_000, priceIn: 3_000_000, priceOut: 15_000_000 }],
  });
  const settings = await grace.api('GET', '/admin/settings');
  await grace.api('PUT', '/admin/settings', { ...settings, defaultModel: 'scripted/quill-1' });
  await grace.api('POST', '/templates', { name: 'AAA Letter', body: '# Letter\n' });
});
after(async () => {
  await browser?.close();
  upstream?.stop();
  await server?.stop();
});

async function visit() {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  await signIn(context, server.origin, grace.cookie);
  return { context, ...(await open(context)) };
}

/** @param {string} name @param {string} text */
async function uploaded(name, text) {
  const bytes = new TextEncoder().encode(text);
  const place = await grace.api('POST', '/documents/upload-url', { contentType: 'text/markdown', size: bytes.length, originalName: name });
  const put = await fetch(new URL(place.url, server.origin), { method: 'PUT', headers: place.headers, body: bytes });
  assert.ok(put.ok, await put.text());
  const document = await grace.api('POST', '/documents/ingest', { key: place.key, originalName: name, mime: 'text/markdown', size: bytes.length });
  await server.until('the text of the document', async () => (await grace.api('GET', `/documents/${document.id}`)).status === 'extracted');
  return document.id;
}

test('a draft streams in, goes on through a reload, and can be refined where it is selected', async () => {
  const id = await uploaded('trip.md', '# Trip\n\nTwo buses leave at 8:15.\n');
  const { context, page, faults } = await visit();
  await page.goto(`${server.origin}/documents/${id}`);
  upstream.texts.push('# Letter\n\nTwo buses leave at a quarter past eight.\n\nPlease be on time, all of you.\n');
  upstream.hold();
  await page.getByRole('button', { name: 'Write the draft' }).click();
  await page.getByText('Two buses leave').nth(1).waitFor();
  await screenshot(page, 'model-1-streaming');
  await page.reload();
  await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
  upstream.release();
  const draft = page.locator('.ProseMirror');
  await draft.getByText('Please be on time, all of you.').waitFor();
  assert.equal(upstream.seen.length, 1, 'the reload called no model');

  await draft.getByText('Please be on time, all of you.').click({ clickCount: 3 });
  await page.getByRole('button', { name: 'AI', exact: true }).click();
  await page.getByLabel('What should change?').fill('Say it kindly.');
  upstream.texts.push('We would be glad if you came on time.');
  await page.getByRole('button', { name: 'Suggest for the selection' }).click();
  await page.getByRole('region', { name: 'Suggestions' }).waitFor();
  await settled(page);
  await assertAccessible(page, 'a suggestion');
  await screenshot(page, 'model-2-suggestion');
  assert.doesNotMatch(await draftText(grace.api, id), /glad/, 'nothing changes before it is accepted');
  await page.getByRole('button', { name: 'Accept all' }).click();
  await draft.getByText('We would be glad if you came on time.').waitFor();
  const text = await draftText(grace.api, id);
  assert.match(text, /quarter past eight/);
  assert.match(text, /glad if you came/);
  assert.doesNotMatch(text, /all of you/);
  assertFaultless(faults);
  await context.close();
});

test('a draft can be stopped, and nothing of it stays behind', async () => {
  const id = await uploaded('stop.md', '# Trip\n\nTwo buses leave at 8:15.\n');
  const { context, page, faults } = await visit();
  await page.goto(`${server.origin}/documents/${id}`);
  upstream.texts.push('A letter that will never be whole because somebody stops it.');
  upstream.hold();
  await page.getByRole('button', { name: 'Write the draft' }).click();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByRole('button', { name: 'Write the draft' }).waitFor();
  upstream.release();
  const draft = await server.ask('GET', `/documents/${id}/draft`);
  assert.notEqual(draft.status, 200);
  assertFaultless(faults);
  await context.close();
});

test('an older version can be compared and restored', async () => {
  const id = await written(grace.api, 'Versions', ['The harbour is open all year.']);
  await grace.api('POST', `/documents/${id}/revisions`, { name: 'As sent to the board' });
  const { context, page, faults } = await visit();
  await page.goto(`${server.origin}/documents/${id}`);
  const draft = page.locator('.ProseMirror');
  await draft.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('The harbour is closed.');
  await page.getByRole('status').filter({ hasText: /^Saved/ }).waitFor();
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Versions' }).click();
  await page.getByText('As sent to the board').first().click();
  await page.getByRole('button', { name: 'Restore' }).click();
  await draft.getByText('The harbour is open all year.').waitFor();
  assert.match(await draftText(grace.api, id), /open all year/);
  assertFaultless(faults);
  await context.close();
});
