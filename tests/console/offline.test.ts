// A network that goes away and comes back: the console says so, recovers by itself, and shows what happened meanwhile.
import { expect, test } from 'vitest';
import { settingOf } from './setting';
import { Tunnel } from './tunnel';

const setting = settingOf(async (stage) => {
  await stage.do('make', 'volumes', 'before', { kind: 'null', size_bytes: 1 << 20 });
});
const network = { mayComplain: /ERR_|Failed to load/ };

test('a network that is cut and mended', async () => {
  const tunnel = await Tunnel.begin(setting.stage.about.port);
  const visitor = await setting.admin({ ...network, port: tunnel.port });
  const { page } = visitor;
  await page.getByRole('link', { name: 'Volumes', exact: true }).click();
  await page.getByRole('link', { name: 'before' }).waitFor();
  await tunnel.cut();
  await page
    .getByText(/^Warning alert:Offline|Offline: lanewayd does not answer/)
    .first()
    .waitFor();
  await visitor.shoot('offline');
  expect(await visitor.findings()).toEqual([]);
  // Nothing that was there is hidden, and what is asked for is answered by the console itself.
  await page.getByRole('link', { name: 'before' }).waitFor();
  await setting.stage.do('make', 'volumes', 'meanwhile', { kind: 'null', size_bytes: 1 << 20 });
  await setting.stage.do('drop', 'volumes', 'before');
  await tunnel.mend();
  await page.getByRole('link', { name: 'meanwhile' }).waitFor();
  await page.getByText('Offline: lanewayd does not answer').waitFor({ state: 'detached' });
  expect(await page.getByRole('link', { name: 'before' }).count()).toBe(0);
  await tunnel.cut();
});

test('a change while offline is not lost silently', async () => {
  const tunnel = await Tunnel.begin(setting.stage.about.port);
  const { page } = await setting.admin({ ...network, port: tunnel.port });
  await page.goto('/volumes/');
  await page.getByRole('button', { name: 'Create volume' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('kept');
  await dialog.getByLabel('Kind').selectOption('null');
  await dialog.getByLabel('Size').fill('1M');
  await tunnel.cut();
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.getByRole('alert').getByText('lanewayd does not answer').waitFor();
  await tunnel.mend();
  // What was typed is still there.
  await dialog.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { level: 1, name: 'kept' }).waitFor();
  await tunnel.cut();
});

test('the console waits where lanewayd does not answer at its start', async () => {
  const tunnel = await Tunnel.begin(setting.stage.about.port);
  const visitor = await setting.visit({ ...network, port: tunnel.port });
  const { page } = visitor;
  // The files are in the browser, lanewayd is not there.
  await page.route('**/api/v1/session', (route) => route.abort());
  await page.goto('/');
  await page.getByText('lanewayd does not answer; trying again').first().waitFor();
  await page.unroute('**/api/v1/session');
  await page.getByRole('heading', { name: 'Log in to Laneway' }).waitFor();
  await tunnel.cut();
});
