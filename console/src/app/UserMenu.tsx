// At the top right: who is logged in, the theme, and the way out.
import { Dropdown, DropdownGroup, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import { useState } from 'react';
import { logOut } from '../api/client';
import type { Session } from '../api/types';
import { OwnPassword } from '../features/access/OwnPassword';
import { endSession } from '../state/link';
import { setTheme, useTheme } from './theme';
import type { Theme } from './theme';

const themes: readonly [Theme, string][] = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

async function leave(): Promise<void> {
  try {
    await logOut();
  } finally {
    endSession('You have logged out.');
  }
}

export function UserMenu({ session }: { session: Session }) {
  const [isOpen, setOpen] = useState(false);
  const [isChanging, setChanging] = useState(false);
  const theme = useTheme();
  const select = (value: unknown): void => {
    setOpen(false);
    if (value === 'leave') void leave().catch(() => undefined);
    if (value === 'password') setChanging(true);
    const chosen = themes.find(([name]) => name === value);
    if (chosen) setTheme(chosen[0]);
  };
  return (
    <>
      <Dropdown
        isOpen={isOpen}
        onOpenChange={setOpen}
        onSelect={(_, value) => select(value)}
        popperProps={{ position: 'end' }}
        toggle={(toggle) => (
          <MenuToggle
            ref={toggle}
            variant="plainText"
            isExpanded={isOpen}
            onClick={() => setOpen(!isOpen)}
            aria-label={`${session.user}, ${session.role}: menu`}
          >
            {session.user}
          </MenuToggle>
        )}
      >
        <DropdownGroup label="Theme">
          <DropdownList>
            {themes.map(([name, title]) => (
              <DropdownItem key={name} value={name} isSelected={theme === name}>
                {title}
              </DropdownItem>
            ))}
          </DropdownList>
        </DropdownGroup>
        <DropdownGroup label={session.role}>
          <DropdownList>
            <DropdownItem value="password">Change password</DropdownItem>
            <DropdownItem value="leave">Log out</DropdownItem>
          </DropdownList>
        </DropdownGroup>
      </Dropdown>
      {isChanging ? <OwnPassword user={session.user} onClose={() => setChanging(false)} /> : null}
    </>
  );
}
