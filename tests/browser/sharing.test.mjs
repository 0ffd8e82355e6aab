// Two people share a document: one gives it, the other reads and edits it, and an invitation is answered.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFaultless, launch, open, screenshot, settled, signIn } from './browser.mjs';
import { PASSWORD, Server, written } from './server.mjs';

/** @type {Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<Server['setUp']>>} */
let grace;
/** @type {Map<string, Awaited<ReturnType<typeof person>>>} */
const people = new Map();

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  grace = await server.setUp();
  const settings = await grace.api('GET', '/admin/settings');
  await grace.api('PUT', '/admin/settings', { ...settings, signUp: 'open' });
  // All of them before anybody is looked for: who came since is found a minute later.
  for (const name of ['Adalight', 'Bealight', 'Adadark', 'Beadark']) people.set(name, await person(name));
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/**
 * Someone new, signed in.
 * @param {string} name
 */
async function person(name) {
  const details = { name, email: `${name.toLowerCase()}@example.org`, password: PASSWORD };
  const made = await server.ask('POST', '/auth/signup', details);
  assert.equal(made.status, 201, await made.text());
  const entered = await server.ask('POST', '/auth/login', { ...details, transport: 'cookie' });
  return { ...details, cookie: entered.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
}

/** @param {string} name */
function known(name) {
  const found = people.get(name);
  assert.ok(found, name);
  return found;
}

/**
 * The link in the newest mail of a kind to an address.
 * @param {string} kind
 * @param {string} to
 */
async function linkIn(kind, to) {
  const text = await server.until(`a mail about ${kind}`, async () => {
    const mails = await grace.api('GET', '/admin/mail');
    return mails.items.find((/** @type {any} */ mail) => mail.kind === kind && mail.to === to)?.text;
  });
  return /^http\S+#token=\S+$/m.exec(text)?.[0] ?? '';
}

for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  test(`a document is shared, read, edited and given away, ${colorScheme}`, async () => {
    const narrow = colorScheme === 'dark';
    const viewport = narrow ? { width: 390, height: 844 } : { width: 1280, height: 860 };
    const ada = known(`Ada${colorScheme}`);
    /** @param {string} cookie */
    const enter = async (cookie) => {
      const context = await browser.newContext({ viewport, colorScheme, locale: 'en' });
      if (cookie) await signIn(context, server.origin, cookie);
      return { context, ...(await open(context)) };
    };
    /** @type {(page: import('playwright-core').Page, name: string) => Promise<void>} */
    const look = async (page, name) => {
      await settled(page);
      await screenshot(page, `sharing-${name}-${colorScheme}`);
      await assertAccessible(page, name);
    };
    const title = `Plan ${colorScheme}`;
    const id = await written(grace.api, title, ['The first paragraph of a plan.']);
    const owner = await enter(grace.cookie);
    const member = await enter(ada.cookie);

    // The owner finds the other by name, with the keyboard alone.
    await owner.page.goto(`${server.origin}/documents/${id}`);
    await owner.page.getByRole('button', { name: 'Share', exact: true }).click();
    const whom = owner.page.getByRole('combobox', { name: 'Share with' });
    await whom.fill(ada.name.toLowerCase());
    await owner.page.getByRole('option', { name: ada.name }).waitFor();
    await look(owner.page, 'found');
    await whom.press('ArrowDown');
    await whom.press('Enter');
    await owner.page.getByRole('button', { name: 'Add', exact: true }).click();
    await owner.page.getByRole('button', { name: `More for ${ada.name}` }).waitFor();
    await whom.fill(`ivy-${colorScheme}@example.org`);
    await owner.page.getByRole('option', { name: /Invite ivy/ }).click();
    await owner.page.getByRole('button', { name: 'Invite', exact: true }).click();
    await owner.page.getByText('Waiting', { exact: true }).waitFor();
    await look(owner.page, 'dialog');

    // A viewer reads: the sheet takes no typing, and nothing offers to change it.
    await member.page.goto(`${server.origin}/documents?shared=with-me`);
    await member.page.getByText('from Grace').waitFor();
    await look(member.page, 'list');
    await member.page.getByRole('table').getByRole('link', { name: title }).click();
    await member.page.getByText('Read only').waitFor();
    const sheet = member.page.getByRole('textbox', { name: 'Draft' });
    await sheet.getByText('The first paragraph').waitFor();
    assert.equal(await sheet.getAttribute('contenteditable'), 'false');
    assert.equal(await member.page.getByRole('button', { name: 'AI', exact: true }).count(), 0);
    assert.equal(await member.page.getByRole('toolbar').count(), 0);
    await look(member.page, 'viewer');

    // An editor writes.
    await owner.page.getByRole('combobox', { name: `What ${ada.name} may do` }).click();
    await owner.page.getByRole('option', { name: 'Can edit' }).click();
    await server.until('the new role', async () => {
      const now = await grace.api('GET', `/documents/${id}/people`);
      return now.members[0]?.role === 'editor';
    });
    await member.page.reload();
    await sheet.getByText('The first paragraph').click();
    await member.page.keyboard.press('End');
    await member.page.keyboard.type(' More words.');
    await server.until('the words of the editor', async () => {
      const draft = await grace.api('GET', `/documents/${id}/draft`);
      return JSON.stringify(draft).includes('More words.');
    });

    // The owner gives it away, and is an editor then.
    await owner.page.getByRole('button', { name: `More for ${ada.name}` }).click();
    await owner.page.getByRole('menuitem', { name: 'Make owner' }).click();
    await look(owner.page, 'transfer');
    await owner.page.getByRole('button', { name: 'Make owner' }).click();
    await owner.page.getByRole('button', { name: 'Leave' }).waitFor();
    const given = await grace.api('GET', `/documents/${id}`);
    assert.deepEqual([given.role, given.owner.name], ['editor', ada.name]);
    await look(owner.page, 'given');

    assertFaultless(owner.faults);
    assertFaultless(member.faults);
    await Promise.all([owner.context.close(), member.context.close()]);
  });

  test(`an invitation is answered from the mail and from the dashboard, ${colorScheme}`, async () => {
    const narrow = colorScheme === 'dark';
    const viewport = narrow ? { width: 390, height: 844 } : { width: 1280, height: 860 };
    const context = await browser.newContext({ viewport, colorScheme, locale: 'en' });
    const { page, faults } = await open(context);
    const bea = known(`Bea${colorScheme}`);
    const id = await written(grace.api, `Letter ${colorScheme}`, ['Dear all,']);
    const invitation = { email: `someone-${colorScheme}@example.org`, role: 'viewer' };
    await grace.api('POST', `/documents/${id}/invitations`, invitation);
    await page.goto(await linkIn('invitation', invitation.email));
    await page.getByText(`Grace invites you to read “Letter ${colorScheme}”.`).waitFor();
    await settled(page);
    await screenshot(page, `sharing-invitation-${colorScheme}`);
    await assertAccessible(page, 'invitation');
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByLabel('E-mail').fill(bea.email);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.getByText('Dear all,').waitFor();
    assert.ok(page.url().endsWith(`/documents/${id}`));

    // Another, to her own address, waits on the dashboard.
    await context.request.post(`${server.origin}/api/v1/auth/verify-email/resend`, {
      headers: { origin: server.origin },
    });
    const token = new URL(await linkIn('verify', bea.email)).hash.replace('#token=', '');
    await server.ask('POST', '/auth/verify-email', { token });
    const other = await written(grace.api, `Minutes ${colorScheme}`, ['Present: all.']);
    await grace.api('POST', `/documents/${other}/invitations`, { email: bea.email, role: 'editor' });
    await page.goto(server.origin);
    await page.getByText('Grace invites you to edit').waitFor();
    await settled(page);
    await screenshot(page, `sharing-dashboard-${colorScheme}`);
    await assertAccessible(page, 'dashboard');
    await page.getByRole('button', { name: 'Decline' }).click();
    await page.getByText('The invitation was declined.').waitFor();
    const now = await grace.api('GET', `/documents/${other}/people`);
    assert.equal(now.invitations[0].state, 'declined');
    assertFaultless(faults);
    await context.close();
  });
}
