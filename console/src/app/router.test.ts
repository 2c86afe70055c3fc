import { expect, test } from 'vitest';
import { pathOf, placeOf } from './router';

test('every name comes back from its path, dots and colons included', () => {
  for (const name of ['vm1', 'vm.1', 'iqn.2001-05.com.example:disk1', 'a_b-c']) {
    const path = pathOf('targets', name);
    expect(path.endsWith('/')).toBe(true);
    expect(placeOf(path)).toEqual({ page: 'targets', name });
  }
});

test('the first screen, lists, and what is no address', () => {
  expect(placeOf('/')).toEqual({ page: '', name: '' });
  expect(placeOf('/functions')).toEqual({ page: 'functions', name: '' });
  expect(placeOf('/functions/%E0%A4%A/')).toEqual({ page: 'functions', name: '%E0%A4%A' });
  expect(pathOf('')).toBe('/');
});
