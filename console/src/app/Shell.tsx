// What is around every page: the bar at the top, the list of pages, and word of a lost connection.
import {
  Alert,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadMain,
  MastheadToggle,
  Page,
  PageToggleButton,
  SkipToContent,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import type { Session } from '../api/types';
import { followLink } from '../parts/Place';
import { useStore } from '../state/store';
import { Navigation } from './Navigation';
import { UnderWay } from './UnderWay';
import { UserMenu } from './UserMenu';
import type { Place } from './router';

const contentId = 'content';
const narrow = matchMedia('(max-width: 75rem)');

function useSidebar(): [boolean, (isOpen: boolean) => void] {
  const [isOpen, setOpen] = useState(!narrow.matches);
  useEffect(() => {
    const follow = (): void => setOpen(!narrow.matches);
    narrow.addEventListener('change', follow);
    return () => narrow.removeEventListener('change', follow);
  }, []);
  return [isOpen, setOpen];
}

function Bar({ session, isOpen, onToggle }: { session: Session; isOpen: boolean; onToggle: () => void }) {
  return (
    <Masthead display={{ default: 'inline' }}>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton
            isHamburgerButton
            aria-label="List of pages"
            isSidebarOpen={isOpen}
            onSidebarToggle={onToggle}
          />
        </MastheadToggle>
        <MastheadBrand>
          <a className="lw-brand" href="/" onClick={followLink}>
            <img src="/laneway.svg" alt="" width={28} height={28} />
            Laneway
          </a>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <Toolbar isStatic>
          <ToolbarContent>
            <ToolbarGroup align={{ default: 'alignEnd' }}>
              <ToolbarItem>
                <UnderWay />
              </ToolbarItem>
              <ToolbarItem>
                <UserMenu session={session} />
              </ToolbarItem>
            </ToolbarGroup>
          </ToolbarContent>
        </Toolbar>
      </MastheadContent>
    </Masthead>
  );
}

function Offline() {
  const link = useStore((state) => state.link);
  return (
    <div role="status">
      {link === 'offline' ? (
        <Alert
          isInline
          variant="warning"
          component="p"
          className="lw-offline"
          title="Offline: lanewayd does not answer. What is shown may be old; the console tries again by itself."
        />
      ) : null}
    </div>
  );
}

export function Shell({ session, place, children }: { session: Session; place: Place; children: ReactNode }) {
  const [isOpen, setOpen] = useSidebar();
  const close = (): void => {
    if (narrow.matches) setOpen(false);
  };
  return (
    <Page
      masthead={<Bar session={session} isOpen={isOpen} onToggle={() => setOpen(!isOpen)} />}
      sidebar={<Navigation place={place} isOpen={isOpen} onFollow={close} />}
      mainContainerId={contentId}
      mainAriaLabel="Content"
      skipToContent={<SkipToContent href={`#${contentId}`}>Skip to content</SkipToContent>}
    >
      <Offline />
      {children}
    </Page>
  );
}
