// What people do with links from mails: confirm an address, set a password. Without a mail server the mails wait where an
// administrator reads them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertFaultless, launch, open, screenshot, settled } from './browser.mjs';
import { PASSWORD, Server } from './server.mjs';

/** @type {Server} */
let server;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<Server['setUp']>>['api']} */
let api;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  ({ api } = await server.setUp());
  const settings = await api('GET', '/admin/settings');
  await api('PUT', '/admin/settings', { ...settings, signUp: 'domains', signUpDomains: ['school.example'] });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/**
 * The link in the newest mail of a kind.
 * @param {string} kind
 */
async function linkIn(kind) {
  const text = await server.until(`a mail about ${kind}`, async () => {
    const page = await api('GET', '/admin/mail');
    return page.items.find((/** @type {any} */ mail) => mail.kind === kind)?.text;
  });
  const link = /^http\S+#token=\S+$/m.exec(text)?.[0];
  assert.ok(link, text);
  return link;
}

for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  test(`someone signs up by domain, forgets the password and comes back, ${colorScheme}`, async () => {
    const narrow = colorScheme === 'dark';
    const viewport = narrow ? { width: 390, height: 844 } : { width: 1280, height: 860 };
    const context = await browser.newContext({ viewport, colorScheme });
    const { page, faults } = await open(context);
    const email = `${colorScheme}@school.example`;
    /** @param {string} name */
    const look = async (name) => {
      await settled(page);
      await assertAccessible(page, name);
      await screenshot(page, `mail-${name}-${colorScheme}`);
    };
    const submit = (/** @type {string} */ name) => page.getByRole('button', { name, exact: true }).click();

    await page.goto(`${server.origin}/sign-up`);
    await page.getByText('@school.example').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Ada');
    await page.getByLabel('E-mail').fill('ada@example.org');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await submit('Create an account');
    await page.getByText('Sign-up is only for certain e-mail addresses here.').waitFor();
    await page.getByLabel('E-mail').fill(email);
    await look('sign-up');
    await submit('Create an account');
    await page.getByRole('heading', { name: 'Look into your mail' }).waitFor();
    await look('look-into-mail');

    await page.getByRole('link', { name: 'Go to sign in' }).click();
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await submit('Sign in');
    await page.getByText('Your e-mail address is not confirmed yet.').waitFor();
    await look('unverified');

    const link = await linkIn('verify');
    await page.goto(link);
    await page.getByRole('heading', { name: 'Confirm your e-mail address' }).waitFor();
    await look('verify');
    await submit('Confirm the address');
    await page.getByText('Your e-mail address is confirmed.').waitFor();
    await look('verified');

    await page.goto(`${server.origin}/sign-in`);
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.getByLabel('E-mail').fill(email);
    await look('forgot');
    await submit('Send the link');
    await page.getByRole('heading', { name: 'Look into your mail' }).waitFor();
    await look('forgot-sent');
    const reset = await server.until('a mail for this person', async () => {
      const mails = await api('GET', '/admin/mail');
      return mails.items.find((/** @type {any} */ mail) => mail.kind === 'reset' && mail.to === email)?.text;
    });
    await page.goto(/^http\S+#token=\S+$/m.exec(reset)?.[0] ?? '');
    await page.getByLabel('New password', { exact: true }).fill('passwordpassword');
    await submit('Set the password');
    await page.getByText('This password is one of the first that are tried.').waitFor();
    await look('reset');
    await page.getByLabel('New password', { exact: true }).fill('another long walk home');
    await submit('Set the password');
    await page.getByRole('heading', { name: 'The password is set' }).waitFor();
    await look('reset-done');

    await page.goto(link);
    await submit('Confirm the address');
    await page.getByText('This link is not valid, or was used already.').waitFor();
    await look('used-link');

    await page.goto(`${server.origin}/sign-in`);
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill('another long walk home');
    await submit('Sign in');
    await page.getByRole('heading', { name: 'Three steps to your first draft' }).waitFor();
    assertFaultless(faults);
    await context.close();
  });
}
