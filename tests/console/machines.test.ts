// Machines that libvirt has: seen, switched, given a function as a disk.
import { expect, test } from 'vitest';
import { settingOf } from './setting';

const setting = settingOf(
  async (stage) => {
    await stage.do('define', 'vm1', true);
    await stage.do('define', 'plain', false);
    await stage.do('make', 'volumes', 'm', { kind: 'memory', size_bytes: 1 << 23 });
    await stage.do('make', 'functions', 'disk0', { volume: 'm' });
  },
  ['--libvirt'],
);

test('a machine is switched on, paused, changed and forced off', async () => {
  const visitor = await setting.admin();
  const { page } = visitor;
  await page.getByRole('link', { name: 'Machines', exact: true }).click();
  await page.getByRole('link', { name: 'vm1' }).waitFor();
  await visitor.shoot('machines-light');
  expect(await visitor.findings()).toEqual([]);
  await page.getByRole('link', { name: 'vm1' }).click();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByText('running', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('paused', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByText('running', { exact: true }).waitFor();
  await page.getByRole('region', { name: 'About it' }).getByRole('button', { name: 'Change' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Processors').fill('2');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('1 processor; 2 processors from its next start on').waitFor();
  await visitor.shoot('machine-light');
  expect(await visitor.findings()).toEqual([]);
  await page.getByRole('button', { name: 'Force off' }).click();
  await dialog.getByText('what its guest has not written yet is lost').waitFor();
  await dialog.getByRole('button', { name: 'Force off' }).click();
  await page.getByText('stopped', { exact: true }).waitFor();
});

test('a function is attached to a machine and detached', async () => {
  const visitor = await setting.admin({ theme: 'dark' });
  const { page } = visitor;
  await page.goto('/machines/vm1/');
  const disks = page.getByRole('region', { name: 'Disks', exact: true });
  await disks.getByRole('button', { name: 'Attach function' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Function').selectOption('disk0');
  await visitor.shoot('dialog-attach-dark');
  await dialog.getByRole('button', { name: 'Attach' }).click();
  await disks.getByRole('link', { name: 'disk0' }).waitFor();
  await visitor.shoot('machine-dark');
  expect(await visitor.findings()).toEqual([]);
  await disks.getByRole('button', { name: 'Detach disk0' }).click();
  await dialog.getByRole('button', { name: 'Detach' }).click();
  await disks.getByRole('link', { name: 'disk0' }).waitFor({ state: 'detached' });
});

test('a machine whose memory is not shared is told to be, before a function is refused', async () => {
  const { page } = await setting.admin({ mayComplain: /status of 409/ });
  await page.goto('/machines/plain/');
  const disks = page.getByRole('region', { name: 'Disks', exact: true });
  await disks.getByText('Its memory is not shared').waitFor();
  await disks.getByRole('button', { name: 'Share it from its next start on' }).click();
  await disks.getByText('Its memory is not shared').waitFor({ state: 'detached' });
});

test('a guest is seen and typed to: its serial console, and its screen', async () => {
  await setting.stage.do('guest', 'linux');
  const visitor = await setting.admin();
  const { page } = visitor;
  await page.goto('/machines/linux/');
  const consoles = page.getByRole('region', { name: 'Consoles' });
  await consoles.getByRole('button', { name: 'Serial console' }).click();
  const typing = page.getByRole('textbox', { name: 'Terminal input' });
  await expect.poll(() => typing.evaluate((element) => element === document.activeElement)).toBe(true);
  await setting.stage.do(
    'run_there',
    'stty raw -echo </dev/ttyS0; (head -c 5 </dev/ttyS0 >/tmp/typed) & echo from-the-guest >/dev/ttyS0',
  );
  await consoles.getByText('from-the-guest').first().waitFor({ state: 'attached' });
  await page.keyboard.type('typed');
  await setting.stage.do('run_there', 'while [ "$(cat /tmp/typed)" != typed ]; do sleep 0.1; done');
  await visitor.shoot('machine-serial');
  expect(await visitor.findings()).toEqual([]);
  // The guest has Tab and Escape; there is another way out.
  await page.keyboard.press('Control+Shift+F10');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Connect again');
  await consoles.getByRole('button', { name: 'Screen' }).click();
  await consoles.getByText('Connected.').waitFor();
  await consoles.locator('canvas').waitFor();
  await visitor.shoot('machine-screen');
  expect(await visitor.findings()).toEqual([]);
  await page.getByRole('button', { name: 'Force off' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Force off' }).click();
  await page.getByText('stopped', { exact: true }).waitFor();
});

test('a machine is made of a function, and deleted', async () => {
  const visitor = await setting.admin();
  const { page } = visitor;
  await page.goto('/machines/');
  await page.getByRole('button', { name: 'Create machine' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/^Name/).fill('made');
  await dialog.getByLabel('Memory').fill('64M');
  await dialog.getByLabel('Disk that it starts from').selectOption('disk0');
  await dialog.getByLabel('Start it at once').uncheck();
  await visitor.shoot('dialog-create-machine');
  expect(await visitor.findings()).toEqual([]);
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'made' }).waitFor();
  await page.getByRole('region', { name: 'Disks', exact: true }).getByRole('link', { name: 'disk0' }).waitFor();
  await page.getByRole('button', { name: 'Delete made' }).click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('heading', { level: 1, name: 'Machines' }).waitFor();
  await page.getByRole('link', { name: 'made' }).waitFor({ state: 'detached' });
});
