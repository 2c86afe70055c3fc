// The whole way of an operator: log in, add a target, make a volume and a function, see its load, throttle it, take a
// path out and back, delete everything.
import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { settingOf } from './setting';

const setting = settingOf();

async function send(page: Page, verb: string): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name: verb, exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

async function remove(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `Delete ${name}` }).click();
  await send(page, 'Delete');
}

// Requests a second, as the legend of the chart says them.
async function readsShown(page: Page): Promise<number> {
  const legend = page
    .getByRole('region', { name: 'Requests a second' })
    .locator('li', { hasText: 'reads' })
    .locator('strong');
  return Number((await legend.innerText()).replaceAll(',', ''));
}

async function until(what: () => Promise<boolean>): Promise<void> {
  await expect.poll(what, { timeout: 60_000, interval: 250 }).toBe(true);
}

async function addTarget(page: Page): Promise<void> {
  const { portal, iqn } = setting.stage.about;
  await page.getByRole('link', { name: 'Targets' }).click();
  await page.getByRole('button', { name: 'Add target' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: false }).first().fill('array');
  await dialog.getByLabel('Portal').fill(portal);
  await dialog.getByRole('button', { name: 'Ask which targets it has' }).click();
  await dialog.getByLabel(/^1 target at/).waitFor();
  expect(await dialog.getByLabel('iSCSI name').inputValue()).toBe(iqn);
  await send(page, 'Add');
  await page.getByRole('heading', { level: 1, name: 'array' }).waitFor();
  await page.getByText('ready', { exact: true }).first().waitFor();
}

async function addVolumeAndFunction(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Volumes' }).click();
  await page.getByRole('button', { name: 'Create volume' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('disk');
  await dialog
    .getByLabel(/^Target/)
    .first()
    .selectOption('array');
  await dialog.getByLabel(/^LUN/).first().selectOption('1');
  await dialog.getByRole('button', { name: 'Add another path to the same disk' }).click();
  await dialog.getByLabel('Target of path 2').selectOption('array');
  await dialog.getByLabel('LUN of path 2').selectOption('1');
  await dialog.getByLabel('Portal of path 2').fill(await setting.stage.do<string>('portal'));
  await send(page, 'Create');
  await page.getByRole('heading', { level: 1, name: 'disk' }).waitFor();
  await page.getByRole('button', { name: 'Create function' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('vm.1');
  await send(page, 'Create');
  await page.getByRole('heading', { level: 1, name: 'vm.1' }).waitFor();
  await page.getByText('serving', { exact: true }).waitFor();
}

async function throttle(page: Page): Promise<void> {
  await setting.stage.do('load', 'vm.1', 600);
  await until(async () => (await readsShown(page)) > 1000);
  const limits = page.getByRole('region', { name: 'Limits' });
  const slider = limits.getByRole('slider', { name: 'Requests a second, at most' });
  await slider.focus();
  // By keyboard, from none to 60 a second: 10, 15, 20, 30, 40, 50, 60.
  for (let step = 0; step < 7; step++) await page.keyboard.press('ArrowRight');
  expect(await slider.getAttribute('aria-valuetext')).toBe('60 a second');
  await limits.getByRole('button', { name: 'Apply' }).click();
  await until(async () => (await readsShown(page)) <= 120);
  const { body } = await setting.stage.do<{ body: { spec: { limits: unknown } } }>('get', '/functions/vm.1');
  expect(body.spec.limits).toEqual({ iops_max: 60 });
}

async function unthrottle(page: Page): Promise<void> {
  const limits = page.getByRole('region', { name: 'Limits' });
  await limits.getByLabel('Requests a second, at most, exactly').fill('');
  await limits.getByRole('button', { name: 'Apply' }).click();
  await until(async () => (await readsShown(page)) > 1000);
  await setting.stage.do('rest', 'vm.1');
}

test('from the log-in to the last deletion', async () => {
  const visitor = await setting.admin();
  const { page } = visitor;
  await addTarget(page);
  await addVolumeAndFunction(page);
  // A name with a dot in it is a place like every other, also when one comes there from outside.
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'vm.1' }).waitFor();
  await throttle(page);
  await visitor.shoot('journey-throttled');
  await unthrottle(page);
  const paths = page.getByRole('region', { name: 'Paths to the disk' });
  await paths.getByRole('button', { name: 'Take out path 0 of vm.1' }).click();
  await paths.getByText('out', { exact: true }).waitFor();
  await visitor.shoot('journey-path-out');
  await paths.getByRole('button', { name: 'Retry path 0 of vm.1' }).click();
  await paths.getByText('out', { exact: true }).waitFor({ state: 'detached' });
  await remove(page, 'vm.1');
  await page.getByRole('heading', { level: 2, name: 'No functions yet' }).waitFor();
  await page.goto('/volumes/disk/');
  await remove(page, 'disk');
  await page.getByRole('heading', { level: 2, name: 'No volumes yet' }).waitFor();
  await page.goto('/targets/array/');
  await remove(page, 'array');
  await page.getByRole('heading', { level: 2, name: 'No targets yet' }).waitFor();
  await page.getByRole('link', { name: 'Tasks' }).click();
  await page.getByRole('cell', { name: 'delete target array' }).waitFor();
});
