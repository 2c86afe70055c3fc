import { describe, expect, test } from 'vitest';
import { ProblemError, asProblem, isAbout, problemFrom, problemOf, sentenceOf, statusNoAnswer } from './problem';

const base = problemOf(400, 'The request is wrong', "Field 'spec.queues' is 500");

describe('what a problem says', () => {
  test('the remedy is a sentence of its own where it is not in the detail', () => {
    expect(sentenceOf({ ...base, remedy: 'give 1 to 128' })).toBe("Field 'spec.queues' is 500. Give 1 to 128.");
  });
  test('and is not said twice', () => {
    expect(sentenceOf({ ...base, detail: 'It is 500; give 1 to 128.', remedy: 'give 1 to 128' })).toBe(
      'It is 500; give 1 to 128.',
    );
  });
  test('the title where there is no detail', () => {
    expect(sentenceOf({ ...base, detail: '' })).toBe('The request is wrong.');
  });
  test('an answer without a problem document is one all the same', () => {
    expect(problemFrom(502, '<html>').detail).toContain('502');
    expect(problemFrom(400, base)).toBe(base);
  });
  test('no answer is told from an answer', () => {
    expect(asProblem(new TypeError('Failed to fetch')).status).toBe(statusNoAnswer);
    expect(asProblem(new ProblemError(base))).toBe(base);
  });
});

describe('which field it is about', () => {
  test('the field, what is below it and its entries, and no other', () => {
    const problem = { ...base, field: 'spec.paths[1].target' };
    expect(isAbout(problem, 'spec.paths[1].target')).toBe(true);
    expect(isAbout(problem, 'spec.paths')).toBe(true);
    expect(isAbout(problem, 'spec.path')).toBe(false);
    expect(isAbout(null, 'spec')).toBe(false);
    expect(isAbout(base, 'spec')).toBe(false);
  });
});
