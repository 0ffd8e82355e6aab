// An administrator gives people what they may do, sees what was done, and replaces the encryption key; who was given
// little sees little.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFaultless, launch, open, screenshot, settled, signIn } from './browser.mjs';
import { PASSWORD, Server } from './server.mjs';

/** @typedef {import('playwright-core').Page} Page */

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

/**
 * A page as the administrator.
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
async function asGrace(options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 860 },
    reducedMotion: 'reduce',
    ...options,
  });
  await signIn(context, server.origin, grace.cookie);
  return { context, ...(await open(context)) };
}

/**
 * What the rail leads to.
 * @param {Page} page
 */
async function places(page) {
  const links = page.getByRole('complementary', { name: 'Side bar' }).getByRole('link');
  return (await links.allInnerTexts()).map((text) => text.trim());
}

test('a person who was given a role sees only what it allows', async () => {
  const { context, page, faults } = await asGrace();
  await page.goto(`${server.origin}/admin/roles`);
  await page.getByRole('link', { name: 'New role' }).click();
  const drawer = page.getByRole('dialog', { name: 'New role' });
  await drawer.getByLabel('Name').fill('Librarians');
  for (const permission of ['Documents', 'Templates', 'Audit trail']) {
    await drawer.getByRole('radiogroup', { name: permission, exact: true }).getByText('Allow').click();
  }
  await drawer.getByRole('radiogroup', { name: 'Language models' }).getByText('Deny').click();
  await drawer.getByRole('button', { name: 'Make the role' }).click();
  const role = page.getByRole('row').filter({ hasText: 'Librarians' });
  await role.getByText('Audit trail').waitFor();

  await page.getByRole('link', { name: 'People', exact: true }).click();
  await page.getByRole('link', { name: 'New person' }).click();
  const form = page.getByRole('dialog', { name: 'New person' });
  await form.getByLabel('Name').fill('Ada Lovelace');
  await form.getByLabel('E-mail').fill('ada@example.org');
  await form.getByRole('button', { name: 'Suggest one' }).click();
  const password = await form.getByLabel('First password').inputValue();
  assert.match(password, /^(\w{5}-){3}\w{5}$/);
  // The usual role is chosen already; she gets another one instead.
  await form.getByLabel('Roles').click();
  await page.keyboard.press('Backspace');
  await page.getByRole('option', { name: 'Librarians' }).click();
  await page.keyboard.press('Escape');
  await form.getByRole('button', { name: 'Make the account' }).click();
  const row = page.getByRole('row').filter({ hasText: 'Ada Lovelace' });
  await row.getByText('Librarians').waitFor();

  const hers = await browser.newContext({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce' });
  const { page: her, faults: herFaults } = await open(hers);
  await her.goto(`${server.origin}/sign-in`);
  await her.getByLabel('E-mail').fill('ada@example.org');
  await her.getByLabel('Password', { exact: true }).fill(password);
  await her.getByRole('button', { name: 'Sign in' }).click();
  await her.getByRole('link', { name: 'Administration' }).waitFor();
  const seen = await places(her);
  for (const place of ['Documents', 'Templates', 'Administration', 'Settings']) assert.ok(seen.includes(place), place);
  assert.ok(!seen.includes('Prompts'), 'no prompts in the rail');

  await her.getByRole('link', { name: 'Administration' }).click();
  await her.waitForURL('**/admin/audit');
  const tabs = her.getByRole('navigation', { name: 'Pages of the administration' }).getByRole('link');
  await her.getByRole('button', { name: 'Account made' }).first().waitFor();
  assert.deepEqual(await tabs.allInnerTexts(), ['Audit']);
  await her.goto(`${server.origin}/admin/people`);
  await her.getByRole('heading', { name: "You don't have the right to see this" }).waitFor();
  await settled(her);
  await assertAccessible(her, 'a page without the right to it');
  await screenshot(her, 'administration-no-rights');
  await her.goto(`${server.origin}/settings/profile`);
  await her.getByRole('heading', { name: 'Signed in' }).waitFor();
  assert.equal(await her.getByRole('heading', { name: 'API keys' }).count(), 0, 'no keys without the permission');

  await row.getByRole('button', { name: 'Actions for Ada Lovelace' }).click();
  await page.getByRole('menuitem', { name: 'Disable the account' }).click();
  await page.getByText("Ada Lovelace can't sign in any more").waitFor();
  await row.getByText('disabled').waitFor();
  await server.until('an end of her session', async () => {
    await her.goto(`${server.origin}/documents`);
    await her.locator('h1').first().waitFor();
    return new URL(her.url()).pathname === '/sign-in';
  });
  await her.getByLabel('E-mail').fill('ada@example.org');
  await her.getByLabel('Password', { exact: true }).fill(password);
  await her.getByRole('button', { name: 'Sign in' }).click();
  await her.getByText('E-mail and password do not match an account.').waitFor();

  await page.getByRole('button', { name: 'Undo' }).click();
  await row.getByText('disabled').waitFor({ state: 'detached' });
  await her.getByRole('button', { name: 'Sign in' }).click();
  await her.waitForURL((url) => url.pathname !== '/sign-in');
  assertFaultless(faults);
  assertFaultless(herFaults);
  await Promise.all([context.close(), hers.close()]);
});

test('a group gives its members a role, and they are found by a part of their address', async () => {
  const { api } = grace;
  const person = await api('POST', '/admin/people', {
    email: 'mary.somerville@example.org',
    name: 'Mary',
    password: PASSWORD,
    roleIds: [],
  });
  const { context, page, faults } = await asGrace();
  await page.goto(`${server.origin}/admin/groups`);
  await page.getByRole('link', { name: 'New group' }).click();
  const drawer = page.getByRole('dialog', { name: 'New group' });
  await drawer.getByLabel('Name').fill('Third floor');
  await drawer.getByLabel('Roles').click();
  await page.getByRole('option', { name: 'Staff' }).click();
  await page.keyboard.press('Escape');
  await drawer.getByLabel('Add someone').fill('somerv');
  await page.getByRole('option', { name: /Mary/ }).click();
  await drawer.getByText('1 member', { exact: true }).waitFor();
  await drawer.getByRole('button', { name: 'Make the group' }).click();
  await page.getByRole('row').filter({ hasText: 'Third floor' }).waitFor();
  const { groups, permissions } = await api('GET', `/admin/people/${person.id}`);
  assert.deepEqual(
    groups.map((/** @type {{ name: string }} */ group) => group.name),
    ['Third floor'],
  );
  assert.ok(permissions.includes('documents:use'));
  assertFaultless(faults);
  await context.close();
});

test('an API key is shown once, works until it is revoked, and administrators see whose it is', async () => {
  const { context, page, faults } = await asGrace();
  await page.goto(`${server.origin}/settings/profile`);
  await page.getByRole('button', { name: 'New key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Make the key' }).click();
  await dialog.getByText('Choose at least one.').waitFor();
  await dialog.getByLabel('Name').fill('Timetable');
  await dialog.getByLabel('Documents', { exact: true }).check();
  await dialog.getByRole('button', { name: 'Make the key' }).click();
  await dialog.getByText('it is shown this once').waitFor();
  await assertAccessible(page, 'a key shown once');
  await screenshot(page, 'administration-key-once');
  const key = /sk-\w{46}/.exec(await dialog.innerText())?.[0] ?? '';
  const ask = () => server.ask('GET', '/documents', undefined, { authorization: `Bearer ${key}` });
  assert.equal((await ask()).status, 200);
  assert.equal((await server.ask('GET', '/prompts', undefined, { authorization: `Bearer ${key}` })).status, 403);
  await dialog.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByText('Timetable').waitFor();
  assert.ok(!(await page.content()).includes(key), 'the key is nowhere on the page any more');

  await page.goto(`${server.origin}/admin/keys`);
  const row = page.getByRole('row').filter({ hasText: 'Timetable' });
  await row.getByRole('link', { name: 'Grace' }).waitFor();
  await row.getByRole('button', { name: 'Revoke Timetable' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await row.getByText('revoked').waitFor();
  await server.until('a refusal of the key', async () => (await ask()).status === 401);
  assertFaultless(faults);
  await context.close();
});

test('the audit trail is narrowed, exported and verified', async () => {
  await server.ask('POST', '/auth/login', { email: 'grace@example.org', password: 'not the password' });
  const { context, page, faults } = await asGrace({ acceptDownloads: true });
  await page.goto(`${server.origin}/admin/audit`);
  await page.getByRole('combobox', { name: 'Outcome' }).click();
  await page.getByRole('option', { name: 'denied' }).click();
  await page.waitForURL('**/admin/audit?outcome=denied');
  const rows = page.getByRole('table').locator('tbody tr');
  await rows.first().waitFor();
  await page.waitForFunction(
    () => ![...document.querySelectorAll('tbody tr')].some((row) => row.textContent?.includes('done')),
  );
  await page.getByRole('button', { name: 'Export' }).click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Table (CSV)' }).click();
  const csv = await readFile(await (await downloading).path(), 'utf8');
  const [names, ...lines] = csv.trim().split('\r\n');
  assert.match(names ?? '', /\bseq\b.*\baction\b/);
  assert.equal(lines.length, await rows.count());

  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByText('The trail is whole').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.getByRole('button', { name: 'Audit trail exported' }).first().click();
  await page.getByRole('dialog').getByText('csv').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Everything they did' }).click();
  await page.waitForURL(/actor=/);
  assertFaultless(faults);
  await context.close();
});

test('the encryption key is rotated while people work', async () => {
  const { context, page, faults } = await asGrace();
  await page.goto(`${server.origin}/admin/encryption`);
  await page.getByRole('button', { name: 'Rotate now' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate now' }).click();
  const rows = page.getByRole('table').locator('tbody tr');
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 2);
  await rows.nth(0).getByText('in use').waitFor();
  await rows
    .nth(1)
    .getByText(/retired|destroyed/)
    .waitFor({ timeout: 60_000 });
  assertFaultless(faults);
  await context.close();
});

/** @type {{ name: string, path: () => Promise<string>, act?: (page: Page) => Promise<void> }[]} */
const PAGES = [
  { name: 'people', path: async () => '/admin/people' },
  { name: 'people-none', path: async () => '/admin/people?q=nobody-of-this-name' },
  {
    name: 'person',
    path: async () => `/admin/people?person=${(await grace.api('GET', '/admin/people')).items[0].id}`,
    act: dialog,
  },
  { name: 'person-new', path: async () => '/admin/people?person=new', act: dialog },
  { name: 'roles', path: async () => '/admin/roles' },
  {
    name: 'role',
    path: async () => `/admin/roles?role=${(await grace.api('GET', '/admin/roles')).at(-1).id}`,
    act: dialog,
  },
  {
    name: 'role-built-in',
    path: async () => `/admin/roles?role=${(await grace.api('GET', '/admin/roles'))[0].id}`,
    act: dialog,
  },
  { name: 'groups', path: async () => '/admin/groups' },
  {
    name: 'group',
    path: async () => `/admin/groups?group=${(await grace.api('GET', '/admin/groups')).items[0].id}`,
    act: dialog,
  },
  { name: 'keys', path: async () => '/admin/keys' },
  { name: 'audit', path: async () => '/admin/audit' },
  {
    name: 'audit-event',
    path: async () => '/admin/audit',
    act: async (page) => {
      await page.locator('tbody button').first().click();
      await dialog(page);
    },
  },
  { name: 'encryption', path: async () => '/admin/encryption' },
  { name: 'profile-keys', path: async () => '/settings/profile' },
  {
    name: 'key-new',
    path: async () => '/settings/profile',
    act: async (page) => {
      await page.getByRole('button', { name: 'New key' }).click();
      await dialog(page);
    },
  },
];

/** @param {Page} page */
async function dialog(page) {
  await page.getByRole('dialog').waitFor();
}

for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  for (const width of [1280, 390]) {
    test(`every page of the administration is in order, ${colorScheme}, ${width} px wide`, async (context) => {
      for (const { name, path, act } of PAGES) {
        await context.test(name, async () => {
          const visit = await asGrace({ viewport: { width, height: 860 }, colorScheme });
          const { page } = visit;
          await page.goto(server.origin + (await path()));
          await settled(page);
          if (act) {
            await act(page);
            await settled(page);
          }
          await screenshot(page, `administration-${name}-${colorScheme}-${width}`);
          await assertAccessible(page, name);
          assert.equal(await page.locator('h1').count(), 1, 'one heading of the first level');
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          assert.ok(wide <= 0, `the page scrolls sideways by ${wide} px`);
          assertFaultless(visit.faults);
          await visit.context.close();
        });
      }
    });
  }
}
