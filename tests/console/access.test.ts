// Who gets in, who sees what, and what happens when a session ends.
import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { settingOf } from './setting';

const vera = { name: 'vera', password: 'a-password-of-vera' };
const oskar = { name: 'oskar', password: 'a-password-of-oskar' };
const setting = settingOf(async (stage) => {
  await stage.do('array');
  await stage.do('make', 'policies', 'gold', { limits: { iops_max: 5000 } });
  await stage.do('user', vera.name, 'viewer', vera.password);
  await stage.do('user', oskar.name, 'operator', oskar.password);
});

async function logIn(page: Page, user: string, password: string): Promise<void> {
  await page.getByLabel('User').fill(user);
  await page.getByLabel(/^Password/).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

test('a wrong password is refused, and says nothing about who exists', async () => {
  const visitor = await setting.visit();
  const { page } = visitor;
  await page.goto('/');
  await logIn(page, 'nobody', 'wrong');
  await page.getByRole('alert').getByText('The user or the password is wrong').waitFor();
  await visitor.shoot('log-in-wrong');
  await logIn(page, vera.name, 'wrong');
  await page.getByRole('alert').getByText('The user or the password is wrong').waitFor();
  expect(await visitor.findings()).toEqual([]);
});

test('a first password is changed in the log-in itself', async () => {
  const first = await setting.stage.do<string>('user', 'nina', 'viewer');
  const visitor = await setting.visit({ mayComplain: /status of (400|403)/ });
  const { page } = visitor;
  await page.goto('/');
  await logIn(page, 'nina', first);
  await page
    .getByLabel(/^New password/)
    .first()
    .fill('short');
  await page.getByLabel('New password, again').fill('other');
  await page.getByText('It is not the same as the one above.').waitFor();
  await page.getByLabel('New password, again').fill('short');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText(/new_password/).waitFor();
  await visitor.shoot('log-in-first');
  expect(await visitor.findings()).toEqual([]);
  await page
    .getByLabel(/^New password/)
    .first()
    .fill('a-password-of-nina');
  await page.getByLabel('New password, again').fill('a-password-of-nina');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
});

test('a viewer sees everything but accounts, and no button that would be refused', async () => {
  const { page } = await setting.visitAs(vera.name, vera.password);
  const pages = await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allInnerTexts();
  expect(pages).toEqual(['Overview', 'Machines', 'Functions', 'Volumes', 'Targets', 'Policies', 'Tasks', 'Events']);
  const changing = /create|add|delete|stop|start|apply|undo|look for|retry|take out|cancel|resize|again/i;
  const places = [
    'functions/',
    'functions/vm1/',
    'volumes/',
    'volumes/disk/',
    'targets/',
    'targets/array/',
    'policies/gold/',
    'tasks/',
  ];
  for (const place of places) {
    await page.goto(`/${place}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    const names = await page.getByRole('main').getByRole('button').allInnerTexts();
    expect(names.filter((name) => changing.test(name))).toEqual([]);
    for (const slider of await page.getByRole('slider').all()) expect(await slider.isDisabled()).toBe(true);
  }
  await page.goto('/users/');
  await page.getByText('There is no page users').waitFor();
});

test('an operator changes storage, but not accounts', async () => {
  const { page } = await setting.visitAs(oskar.name, oskar.password);
  await page.goto('/functions/vm1/');
  await page.getByRole('button', { name: 'Delete vm1' }).waitFor();
  expect(await page.getByRole('link', { name: 'Users' }).count()).toBe(0);
});

test('an administrator makes a user and a token, and the audit log has it', async () => {
  const visitor = await setting.admin();
  const { page } = visitor;
  await page.getByRole('link', { name: 'Users' }).click();
  await page.getByRole('button', { name: 'Create user' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('paul');
  await dialog.getByLabel('Role').selectOption('operator');
  await dialog.getByLabel('Password').fill('a-password-for-paul');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('button', { name: 'Change paul' }).waitFor();
  await page.getByRole('link', { name: 'Tokens' }).click();
  await page.getByRole('button', { name: 'Create token' }).click();
  await dialog.getByLabel('Name').fill('ci');
  await dialog.getByRole('button', { name: 'Create' }).click();
  expect(await dialog.getByLabel('Token').inputValue()).toMatch(/^lw\.ci\./);
  await visitor.shoot('token-secret');
  expect(await visitor.findings()).toEqual([]);
  await dialog.getByRole('button', { name: 'I have it' }).click();
  await page.getByRole('link', { name: 'Audit log' }).click();
  await page.getByRole('cell', { name: 'createToken' }).first().waitFor();
  await page.getByRole('cell', { name: 'user paul' }).first().waitFor();
});

test('who changes the own password logs in again with the new one', async () => {
  const { page } = await setting.visitAs(vera.name, vera.password, { mayComplain: /status of 403/ });
  const change = async (current: string, next: string): Promise<void> => {
    await page.getByRole('button', { name: /^vera, viewer/ }).click();
    await page.getByRole('menuitem', { name: 'Change password' }).click();
    await page.getByRole('dialog').getByLabel('Present password').fill(current);
    await page.getByRole('dialog').getByLabel('New password').fill(next);
    await page.getByRole('dialog').getByRole('button', { name: 'Change' }).click();
  };
  await change('wrong', 'a-new-password-of-vera');
  await page
    .getByRole('dialog')
    .getByText(/current_password/)
    .waitFor();
  await page.keyboard.press('Escape');
  await change(vera.password, 'a-new-password-of-vera');
  await page.getByText('Your password was changed.').waitFor();
  await logIn(page, vera.name, 'a-new-password-of-vera');
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
});

test('who logs out is out, and nothing stays in the page', async () => {
  const { page } = await setting.admin();
  await page.getByRole('button', { name: /^admin, administrator/ }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await page.getByText('You have logged out.').waitFor();
  await page.goto('/users/');
  await page.getByRole('heading', { name: 'Log in to Laneway' }).waitFor();
});

test('a session that has ended leads to the log-in and back to the same place', async () => {
  const visitor = await setting.admin({ mayComplain: /ERR_|Failed to load/ });
  const { page } = visitor;
  await visitor.go('/functions/vm1/', 'vm1');
  await setting.stage.do('restart');
  await page.getByText('Your session has ended.').waitFor();
  await visitor.shoot('session-ended');
  await logIn(page, setting.stage.about.user, setting.stage.about.password);
  await page.getByRole('heading', { level: 1, name: 'vm1' }).waitFor();
});
