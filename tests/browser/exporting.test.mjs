// Exports carry the letterhead that was chosen, and the browser remembers it for the document.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { assertFaultless, launch, open, settled, signIn } from './browser.mjs';
import { Server, written } from './server.mjs';

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

/** The text of all headers of a Word file. @param {string} path */
function headers(path) {
  const names = execFileSync('unzip', ['-Z1', path], { encoding: 'utf8' }).split('\n');
  return names
    .filter((name) => /^word\/header\d*\.xml$/.test(name))
    .map((name) => execFileSync('unzip', ['-p', path, name], { encoding: 'utf8' }).replace(/<[^>]+>/g, ''))
    .join('\n');
}

test('a letterhead is chosen for an export and remembered for the document', async () => {
  const { api } = grace;
  await api('POST', '/templates', {
    name: 'Board letter',
    body: '# Board\n',
    letterhead: {
      logo: null,
      header: 'Harbour School, 12 Quay Street',
      footer: '',
      pageNumbers: true,
      paper: 'a4',
      margins: { top: 25, right: 25, bottom: 25, left: 25 },
    },
  });
  const id = await written(api, 'Opening hours', ['The harbour is open all year.']);
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, acceptDownloads: true });
  await signIn(context, server.origin, grace.cookie);
  const { page, faults } = await open(context);

  const exported = async () => {
    const downloading = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'Word document (.docx)' }).click();
    return headers(await (await downloading).path());
  };
  /** @param {string} name */
  const letterhead = (name) => page.getByRole('menuitemradio', { name });
  const openMenu = () => page.getByRole('button', { name: 'Export', exact: true }).click();

  await page.goto(`${server.origin}/documents/${id}`);
  await settled(page);
  await openMenu();
  await letterhead('Board letter').waitFor();
  assert.equal(await letterhead('No letterhead').getAttribute('aria-checked'), 'true');
  assert.doesNotMatch(await exported(), /Harbour School/);

  await openMenu();
  await letterhead('Board letter').click();
  assert.match(await exported(), /Harbour School, 12 Quay Street/);

  await page.reload();
  await settled(page);
  await openMenu();
  await letterhead('Board letter').waitFor();
  assert.equal(await letterhead('Board letter').getAttribute('aria-checked'), 'true');
  assert.match(await exported(), /Harbour School/);
  assertFaultless(faults);
  await context.close();
});
