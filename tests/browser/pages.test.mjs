// Every page, light and dark, wide and narrow: accessible, without faults, without sideways scrolling.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFaultless, launch, open, screenshot, settled, signIn } from './browser.mjs';
import { Server, written } from './server.mjs';

const SIZES = [
  { name: '1280', width: 1280, height: 860 },
  { name: '390', width: 390, height: 844 },
];
const LETTERHEAD = {
  logo: null,
  header: '',
  footer: '',
  pageNumbers: true,
  paper: 'a4',
  margins: { top: 25, right: 25, bottom: 25, left: 25 },
};
const SCHEMES = /** @type {const} */ (['light', 'dark']);

/** @type {Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<Server['setUp']>>} */
let grace;
/** @type {{ name: string, path: string, signedOut?: boolean, act?: (page: import('playwright-core').Page) => Promise<void> }[]} */
let pages;

before(async () => {
  [server, browser] = await Promise.all([Server.start({ CARREL_DEV: 'true' }), launch()]);
  grace = await server.setUp();
  const { api } = grace;
  await api('POST', '/testdata/seed', {});
  const id = await written(api, 'A very long title that says everything about the committee, its budget and the winter to come', [
    'The harbour is open all year.',
    `${'Averylongwordwithoutanyplacetobreakit'.repeat(6)} in the middle of a line.`,
  ]);
  await api('POST', '/prompts', { title: 'Tone', content: 'In a {{tone}} tone.', tags: ['style'], shared: true });
  const template = await api('POST', '/templates', {
    name: 'Letter to parents',
    body: '# To {{audience}}\n\n## Costs\n\nWhat it costs.\n',
    variables: [{ name: 'audience', label: 'Audience', kind: 'text', required: true, default: '', options: [] }],
    letterhead: { ...LETTERHEAD, header: 'Harbour School' },
  });
  await api('POST', `/documents/export/${id}`, { format: 'docx' });
  await api('POST', '/admin/providers', { name: 'somewhere', kind: 'openai_compatible', baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'k' });
  const document = `/documents/${id}`;
  pages = [
    { name: 'set-up', path: '/setup', signedOut: true },
    { name: 'sign-in', path: '/sign-in', signedOut: true },
    { name: 'sign-up', path: '/sign-up', signedOut: true },
    { name: 'dashboard', path: '/' },
    { name: 'documents', path: '/documents' },
    { name: 'document', path: document },
    {
      name: 'document-ai',
      path: document,
      act: async (page) => {
        await page.getByRole('button', { name: 'AI', exact: true }).click();
        await page.getByLabel('What should change?').waitFor();
      },
    },
    {
      name: 'document-versions',
      path: document,
      act: async (page) => {
        await page.getByRole('button', { name: 'More', exact: true }).click();
        await page.getByRole('menuitem', { name: 'Versions' }).click();
        await page.getByLabel('Name the draft as it is now').waitFor();
      },
    },
    {
      name: 'document-export-open',
      path: document,
      act: async (page) => {
        await page.getByRole('button', { name: 'Export', exact: true }).click();
        await page.getByRole('menuitemradio', { name: 'Letter to parents' }).waitFor();
      },
    },
    {
      name: 'document-more-open',
      path: document,
      act: async (page) => {
        await page.getByRole('button', { name: 'More', exact: true }).click();
        await page.getByRole('menuitem', { name: 'Versions' }).waitFor();
      },
    },
    { name: 'templates', path: '/templates' },
    { name: 'template', path: `/templates/${template.id}` },
    { name: 'template-new', path: '/templates/new' },
    { name: 'prompts', path: '/prompts' },
    { name: 'exports', path: '/exports' },
    { name: 'settings-profile', path: '/settings/profile' },
    { name: 'settings-providers', path: '/settings/providers' },
    { name: 'settings-workspace', path: '/settings/workspace' },
    { name: 'nowhere', path: '/nowhere-at-all' },
    { name: 'document-nowhere', path: '/documents/018f0000-0000-7000-8000-000000000000' },
    {
      name: 'activity-open',
      path: '/',
      act: async (page) => {
        await page.getByRole('button', { name: /^Activity/ }).click();
        await page.getByRole('dialog', { name: 'Activity' }).waitFor();
      },
    },
    {
      name: 'documents-row-open',
      path: '/documents',
      act: async (page) => {
        await page.getByRole('button', { name: /^More for/ }).first().click();
        await page.getByRole('menuitem', { name: 'Move to Trash' }).waitFor();
      },
    },
    {
      name: 'shortcuts',
      path: '/',
      act: async (page) => {
        await page.keyboard.press('?');
        await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
      },
    },
    {
      name: 'palette',
      path: '/',
      act: async (page) => {
        await page.keyboard.press('Control+k');
        await page.getByPlaceholder('Go to, create, search').waitFor();
      },
    },
  ];
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const colorScheme of SCHEMES) {
  for (const { name: size, width, height } of SIZES) {
    test(`every page is in order, ${colorScheme}, ${size} px wide`, async (context) => {
      for (const { name, path, signedOut, act } of pages) {
        await context.test(name, async () => {
          const reducedMotion = 'reduce';
          const visit = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion });
          if (!signedOut) await signIn(visit, server.origin, grace.cookie);
          const { page, faults } = await open(visit);
          await page.goto(server.origin + path);
          await settled(page);
          if (act) {
            await act(page);
            await settled(page);
          }
          await screenshot(page, `${name}-${colorScheme}-${size}`);
          await assertAccessible(page, name);
          const headings = await page.locator('h1').count();
          assert.equal(headings, 1, 'one heading of the first level');
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          assert.ok(wide <= 0, `the page scrolls sideways by ${wide} px`);
          assertFaultless(faults);
          await visit.close();
        });
      }
    });
  }
}

test('every page fits on 360 px', async (context) => {
  for (const { name, path, signedOut } of pages) {
    await context.test(name, async () => {
      const visit = await browser.newContext({ viewport: { width: 360, height: 740 }, reducedMotion: 'reduce' });
      if (!signedOut) await signIn(visit, server.origin, grace.cookie);
      const { page } = await open(visit);
      await page.goto(server.origin + path);
      await settled(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(wide <= 0, `the page scrolls sideways by ${wide} px`);
      await visit.close();
    });
  }
});
