// A thousand functions on a real lanewayd and engine.
import { expect, test } from 'vitest';
import { settingOf } from './setting';

const count = Number(process.env.LANEWAY_FUNCTIONS ?? '1000');
const setting = settingOf((stage) => stage.do('many', count));

test('a thousand functions: found, sorted, scrolled by keyboard, and few of them in the page', async () => {
  const visitor = await setting.admin();
  const { page } = visitor;
  await page.getByText(`${count.toLocaleString('en')} serving`).waitFor();
  await visitor.shoot('scale-overview');
  await page.getByRole('link', { name: 'Functions', exact: true }).click();
  const table = page.getByRole('table', { name: 'Functions' });
  await table.waitFor();
  await page.getByText(`${count.toLocaleString('en')} functions`).waitFor();
  expect(await table.getAttribute('aria-rowcount')).toBe(String(count + 1));
  expect(await table.getByRole('row').count()).toBeLessThan(80);
  await visitor.shoot('scale-functions');
  expect(await visitor.findings()).toEqual([]);
  // The end, by keyboard.
  await page.getByRole('region', { name: 'Functions, scrolls' }).focus();
  await page.keyboard.press('End');
  await table.getByRole('link', { name: `vm${count - 1}`, exact: true }).waitFor();
  await table.getByRole('button', { name: 'Name' }).click();
  await page.getByRole('region', { name: 'Functions, scrolls' }).focus();
  await page.keyboard.press('End');
  await table.getByRole('link', { name: 'vm0', exact: true }).waitFor();
  // One of them, by its name.
  await page.getByRole('textbox', { name: 'Find functions' }).fill(`vm${count - 3}`);
  await page.getByText(`1 of ${count.toLocaleString('en')} functions`).waitFor();
  await table.getByRole('link', { name: `vm${count - 3}`, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: `vm${count - 3}` }).waitFor();
});

test('a change of one among them is seen at once, and so is its load', async () => {
  const visitor = await setting.admin();
  const { page } = visitor;
  await page.goto('/functions/');
  await page.getByRole('textbox', { name: 'Find functions' }).fill('vm7');
  await setting.stage.do('load', 'vm7', 600);
  const row = page.getByRole('row', { name: /^vm7 / });
  await row.getByText(/attached|in use/).waitFor();
  await expect
    .poll(async () => Number((await row.getByRole('cell').nth(6).innerText()).replaceAll(',', '')), { timeout: 60_000 })
    .toBeGreaterThan(100);
  await visitor.shoot('scale-load');
  await setting.stage.do('rest', 'vm7');
  await row.getByText('no guest').waitFor();
});
