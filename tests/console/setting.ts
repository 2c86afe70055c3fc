// A platform and a browser for the tests of one file.
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Browser } from 'playwright-core';
import { Visitor, launch } from './browser';
import type { Options } from './browser';
import { Stage } from './stage';

export interface Setting {
  stage: Stage;
  browser: Browser;
  // A visitor of whom nothing may be left after the test, and whose page must not have complained.
  visit: (options?: Options) => Promise<Visitor>;
  visitAs: (user: string, password: string, options?: Options) => Promise<Visitor>;
  admin: (options?: Options) => Promise<Visitor>;
}

type Prepare = (stage: Stage) => Promise<void>;

export function settingOf(prepare: Prepare = () => Promise.resolve(), options: readonly string[] = []): Setting {
  const setting = {} as Setting;
  const visitors: Visitor[] = [];
  beforeAll(async () => {
    setting.stage = await Stage.begin(options);
    await prepare(setting.stage);
    setting.browser = await launch();
  });
  afterAll(async () => {
    await setting.browser?.close();
    await setting.stage?.end();
  });
  setting.visit = async (options) => {
    const visitor = await Visitor.begin(setting.browser, setting.stage.about, options);
    visitors.push(visitor);
    return visitor;
  };
  setting.visitAs = async (user, password, options) => {
    const visitor = await setting.visit(options);
    await visitor.logIn(user, password);
    return visitor;
  };
  setting.admin = (options) => setting.visitAs(setting.stage.about.user, setting.stage.about.password, options);
  afterEach(async () => {
    for (const visitor of visitors.splice(0)) {
      const complaints = visitor.unexpected();
      await visitor.end();
      expect(complaints).toEqual([]);
    }
  });
  return setting;
}
