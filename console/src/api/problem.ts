// What went wrong, in the words of lanewayd (RFC 9457) or in ours where nobody answered.
import type { Problem } from './types';

export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(sentenceOf(problem));
    this.name = 'ProblemError';
  }
  get status(): number {
    return this.problem.status;
  }
}

function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

// "Field 'spec.queues' is 500: give a number from 1 to 128." is one sentence already; a remedy is added where it is not
// in it.
export function sentenceOf(problem: Problem): string {
  const detail = problem.detail || problem.title;
  if (!problem.remedy || detail.includes(problem.remedy)) return ended(detail);
  return `${ended(detail)} ${ended(problem.remedy.charAt(0).toUpperCase() + problem.remedy.slice(1))}`;
}

export const statusNoAnswer = 0;

export function problemOf(status: number, title: string, detail: string): Problem {
  return { type: 'about:blank', title, status, detail };
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'detail' in body && 'status' in body;
}

// Of a response that is no success; a proxy in between may answer without a problem document.
export function problemFrom(status: number, body: unknown): Problem {
  if (isProblem(body)) return body;
  return problemOf(status, 'lanewayd refused', `The server answered with status ${status} and no explanation`);
}

export function asProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return problemOf(statusNoAnswer, 'No answer', 'lanewayd does not answer; the console tries again by itself');
}

// 'spec.paths[1].target' belongs to the field 'spec.paths[1].target' and to 'spec.paths'.
export function isAbout(problem: Problem | null, field: string): boolean {
  if (!problem?.field) return false;
  return problem.field === field || problem.field.startsWith(`${field}.`) || problem.field.startsWith(`${field}[`);
}
