// Everything by keyboard alone.
import { expect, test } from 'vitest';
import { settingOf } from './setting';

const setting = settingOf();

test('from the log-in to a new volume without a mouse', async () => {
  const { page } = await setting.visit();
  const keys = page.keyboard;
  const { user, password } = setting.stage.about;
  await page.goto('/');
  await page.getByLabel('User').waitFor();
  await keys.type(user);
  await keys.press('Tab');
  await keys.type(password);
  await keys.press('Enter');
  const main = page.getByRole('main');
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
  // The first stop is the way past the list of pages.
  await keys.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to content');
  await keys.press('Enter');
  expect(await main.evaluate((element) => element === document.activeElement)).toBe(true);
  // A page is opened from the list, and its heading has the focus.
  await page.getByRole('link', { name: 'Volumes', exact: true }).first().focus();
  await keys.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Volumes' }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Volumes');
  await keys.press('Tab');
  await keys.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await dialog.getByLabel('Name').focus();
  await keys.type('typed');
  await keys.press('Tab');
  await keys.press('m'); // Memory
  await keys.press('Tab');
  await keys.type('64M');
  await keys.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'typed' }).waitFor();
  // The menu: opened, walked, closed.
  await page.getByRole('button', { name: /^admin, administrator/ }).focus();
  await keys.press('Enter');
  await page.getByRole('menuitem', { name: 'Dark' }).waitFor();
  await page.getByRole('menuitem', { name: 'Dark' }).focus();
  await keys.press('Enter');
  await expect.poll(() => page.evaluate(() => document.documentElement.className)).toContain('pf-v6-theme-dark');
});
