// A link to a place of the console: an ordinary link that does not load the page anew.
import type { MouseEvent, ReactNode } from 'react';
import { goTo, pathOf } from '../app/router';

export function followLink(event: MouseEvent<HTMLAnchorElement>): void {
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!isPlain) return;
  event.preventDefault();
  goTo(event.currentTarget.getAttribute('href') ?? '/');
}

interface PlaceProps {
  page: string;
  name?: string;
  children?: ReactNode;
}

export function PlaceLink({ page, name = '', children }: PlaceProps) {
  return (
    <a href={pathOf(page, name)} onClick={followLink} title={name === '' ? undefined : name}>
      {children ?? name}
    </a>
  );
}

const pages: Record<string, string> = {
  target: 'targets',
  volume: 'volumes',
  function: 'functions',
  policy: 'policies',
  machine: 'machines',
  user: 'users',
  token: 'tokens',
};

// What an event, a task or an entry of the audit log is about.
export function SubjectLink({ kind, name }: { kind: string; name: string }) {
  const page = pages[kind];
  const hasPlace = page !== undefined && kind !== 'user' && kind !== 'token';
  return (
    <>
      {kind} {hasPlace ? <PlaceLink page={page} name={name} /> : name}
    </>
  );
}
