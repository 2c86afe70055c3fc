// Every page, on a wide and on a narrow screen, light and dark: it is there, axe finds nothing wrong with it, the
// browser complains of nothing (the content security policy included), and a screenshot is kept to be looked at.
import { describe, expect, test } from 'vitest';
import { narrow, wide } from './browser';
import type { Options, Visitor } from './browser';
import { settingOf } from './setting';

const setting = settingOf(async (stage) => {
  await stage.do('array');
  await stage.do('make', 'policies', 'gold', { limits: { iops_max: 5000, bytes_max: 209_715_200 } });
  await stage.do('make', 'volumes', 'scratch', { kind: 'memory', size_bytes: 67_108_864 });
  await stage.do('make', 'functions', 'vm2', { volume: 'scratch', policy: 'gold', limits: { iops_max: 300 } });
  await stage.do('make', 'volumes', 'spare', { kind: 'null', size_bytes: 1_073_741_824 });
  await stage.do('make', 'functions', 'broken', { volume: 'spare', desired: 'stopped' });
  await stage.do('token', 'backup', 'viewer');
  await stage.do('user', 'vera', 'viewer', 'a-password-of-vera');
  await stage.do('load', 'vm1', 600);
});

const pages: readonly [path: string, heading: RegExp, name: string][] = [
  ['/', /./, 'overview'],
  ['/functions/', /^Functions$/, 'functions'],
  ['/functions/vm1/', /^vm1$/, 'function'],
  ['/functions/vm2/', /^vm2$/, 'function-limited'],
  ['/volumes/', /^Volumes$/, 'volumes'],
  ['/volumes/disk/', /^disk$/, 'volume'],
  ['/targets/', /^Targets$/, 'targets'],
  ['/targets/array/', /^array$/, 'target'],
  ['/policies/', /^Policies$/, 'policies'],
  ['/policies/gold/', /^gold$/, 'policy'],
  ['/tasks/', /^Tasks$/, 'tasks'],
  ['/events/', /^Events$/, 'events'],
  ['/users/', /^Users$/, 'users'],
  ['/tokens/', /^Tokens$/, 'tokens'],
  ['/audit/', /^Audit log$/, 'audit'],
  ['/functions/no-such/', /^no-such$/, 'missing'],
];

const looks: Record<string, Options> = {
  light: { viewport: wide, theme: 'light' },
  dark: { viewport: wide, theme: 'dark' },
  narrow: { viewport: narrow, theme: 'dark' },
};

// What comes by itself a little later: tables, and the second look at counters.
async function settle(visitor: Visitor, name: string): Promise<void> {
  const { page } = visitor;
  if (name === 'overview') await page.getByText(/\d requests a second$/).waitFor();
  if (name === 'function')
    await page
      .locator('.lw-legend strong', { hasText: /^\d[\d,.]* µs$|ms$/ })
      .first()
      .waitFor();
  if (['functions', 'tasks', 'events', 'audit'].includes(name))
    await page.locator('tbody td:visible').first().waitFor();
}

describe.each(Object.entries(looks))('%s', (look, options) => {
  test('every page', async () => {
    const visitor = await setting.admin(options);
    const findings: string[] = [];
    for (const [path, heading, name] of pages) {
      await visitor.page.goto(path);
      await visitor.page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await settle(visitor, name);
      await visitor.shoot(`${name}-${look}`);
      findings.push(...(await visitor.findings()).map((finding) => `${name}: ${finding}`));
    }
    expect(findings).toEqual([]);
  });

  test('the log-in', async () => {
    const visitor = await setting.visit(options);
    await visitor.page.goto('/');
    await visitor.page.getByRole('heading', { name: 'Log in to Laneway' }).waitFor();
    await visitor.shoot(`log-in-${look}`);
    expect(await visitor.findings()).toEqual([]);
  });
});

const dialogs: readonly [path: string, button: string][] = [
  ['/functions/', 'Create function'],
  ['/volumes/', 'Create volume'],
  ['/targets/', 'Add target'],
  ['/policies/', 'Create policy'],
  ['/users/', 'Create user'],
  ['/tokens/', 'Create token'],
  ['/functions/vm2/', 'Delete vm2'],
];

describe.each(['light', 'dark'] as const)('dialogs, %s', (theme) => {
  test('each opens, takes the focus, and gives it back', async () => {
    const visitor = await setting.admin({ theme });
    const findings: string[] = [];
    for (const [path, name] of dialogs) {
      await visitor.page.goto(path);
      const button = visitor.page.getByRole('button', { name });
      await button.click();
      const dialog = visitor.page.getByRole('dialog');
      await dialog.waitFor();
      await visitor.shoot(`dialog-${name.toLowerCase().replaceAll(' ', '-')}-${theme}`);
      findings.push(...(await visitor.findings()).map((finding) => `${name}: ${finding}`));
      expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true);
      await visitor.page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
    }
    expect(findings).toEqual([]);
  });
});

test('the empty console says what to do first', async () => {
  const { Stage } = await import('./stage');
  const { Visitor: Guest } = await import('./browser');
  const stage = await Stage.begin();
  try {
    const visitor = await Guest.begin(setting.browser, stage.about);
    await visitor.logIn(stage.about.user, stage.about.password);
    for (const page of ['functions', 'volumes', 'targets', 'policies', 'tasks', 'tokens']) {
      await visitor.page.goto(`/${page}/`);
      await visitor.page.getByRole('heading', { level: 2, name: /^No / }).waitFor();
      await visitor.shoot(`empty-${page}`);
      expect(await visitor.findings()).toEqual([]);
    }
    await visitor.end();
  } finally {
    await stage.end();
  }
});
