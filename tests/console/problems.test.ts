// What lanewayd refuses is said where it was typed, in lanewayd's own words.
import { expect, test } from 'vitest';
import type { Locator } from 'playwright-core';
import { settingOf } from './setting';

const setting = settingOf(async (stage) => {
  await stage.do('make', 'volumes', 'm', { kind: 'memory', size_bytes: 1 << 20 });
  await stage.do('make', 'functions', 'vm1', { volume: 'm' });
  await stage.do('make', 'volumes', 'free', { kind: 'null', size_bytes: 1 << 20 });
});
const refusals = { mayComplain: /status of (400|409|412|503)/ };

// The text that a screen reader gives with the field.
async function saidAt(field: Locator): Promise<string> {
  await expect.poll(() => field.getAttribute('aria-invalid'), { timeout: 30_000 }).toBe('true');
  const id = await field.getAttribute('aria-describedby');
  return field
    .page()
    .locator(`[id="${id ?? ''}"]`)
    .innerText();
}

test('a name that cannot be one', async () => {
  const { page } = await setting.admin(refusals);
  await page.goto('/functions/');
  await page.getByRole('button', { name: 'Create function' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('-no-');
  await dialog.getByRole('button', { name: 'Create' }).click();
  expect(await saidAt(dialog.getByLabel('Name'))).toContain('begin with a letter or digit');
  await dialog.getByLabel('Name').fill('good');
  await dialog.getByLabel('Queues').fill('500');
  await dialog.getByRole('button', { name: 'Create' }).click();
  expect(await saidAt(dialog.getByLabel('Queues'))).toContain('1 to 128');
});

test('a portal that does not answer', async () => {
  const visitor = await setting.admin({ mayComplain: /status of (400|409|502|503|504)/ });
  const { page } = visitor;
  await page.goto('/targets/');
  await page.getByRole('button', { name: 'Add target' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: false }).first().fill('gone');
  await dialog.getByLabel('Portal').fill('no.such.host.invalid');
  await dialog.getByRole('button', { name: 'Ask which targets it has' }).click();
  await dialog.getByRole('alert').getByText('no.such.host.invalid').waitFor();
  await visitor.shoot('problem-portal');
  await dialog.getByLabel('iSCSI name').fill('not an iscsi name');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  expect(await saidAt(dialog.getByLabel('iSCSI name'))).toContain('iqn.2001-05.com.example:disk1');
});

test('a limit that makes no sense', async () => {
  const visitor = await setting.admin(refusals);
  const { page } = visitor;
  await page.goto('/functions/vm1/');
  const limits = page.getByRole('region', { name: 'Limits' });
  await limits.getByRole('button', { name: /^More limits/ }).click();
  await limits.getByLabel('Requests in a burst, exactly').fill('100');
  await limits.getByRole('button', { name: 'Apply' }).click();
  await limits.getByRole('alert').getByText('iops_max').waitFor();
  await visitor.shoot('problem-limit');
  await limits.getByRole('button', { name: 'Undo' }).click();
  expect(await limits.getByLabel('Requests in a burst, exactly').inputValue()).toBe('');
});

test('a volume in use is not deleted, and the dialog says so before one tries', async () => {
  const visitor = await setting.admin(refusals);
  const { page } = visitor;
  await page.goto('/volumes/m/');
  await page.getByRole('button', { name: 'Delete m' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('alert').getByText('vm1').waitFor();
  expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
  await visitor.shoot('problem-delete');
});

test('a size that is none is said without asking lanewayd', async () => {
  const { page } = await setting.admin();
  await page.goto('/volumes/');
  await page.getByRole('button', { name: 'Create volume' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Kind').selectOption('memory');
  await dialog.getByLabel('Size').fill('a lot');
  expect(await saidAt(dialog.getByLabel('Size'))).toContain('64M');
  expect(await dialog.getByRole('button', { name: 'Create' }).isDisabled()).toBe(true);
});

test('an engine that is down is the first thing that one sees', async () => {
  const visitor = await setting.admin({ mayComplain: /status of 50/ });
  await setting.stage.do('engine_down');
  await visitor.page.getByRole('heading', { name: /needs? somebody/ }).waitFor();
  await visitor.page.getByText('unreachable').first().waitFor();
  await visitor.shoot('problem-engine-down');
  expect(await visitor.findings()).toEqual([]);
  await setting.stage.do('engine_up');
  await visitor.page.getByText('Everything is well').waitFor();
});

test('a task that waits is shown with its progress and can be taken back', async () => {
  const visitor = await setting.admin({ mayComplain: /status of 50/ });
  const { page } = visitor;
  await setting.stage.do('engine_down');
  await setting.stage.do('begin', 'functions', 'late', { volume: 'free' });
  await page.getByRole('link', { name: /^1 task$/ }).click();
  await page.getByRole('progressbar', { name: 'create function late' }).waitFor();
  await page.getByRole('button', { name: 'Log' }).click();
  await visitor.shoot('task-under-way');
  expect(await visitor.findings()).toEqual([]);
  await page.getByRole('button', { name: 'Cancel: create function late' }).click();
  await page.getByRole('progressbar').waitFor({ state: 'detached' });
  await visitor.shoot('task-cancelled');
  await page.getByRole('cell', { name: 'cancelled' }).waitFor();
  await setting.stage.do('engine_up');
  await setting.stage.do('state', 'functions', 'vm1', 'serving');
  expect(await setting.stage.do('get', '/functions/late')).toMatchObject({ status: 404 });
});
