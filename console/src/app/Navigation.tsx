// The list of pages at the side.
import { Nav, NavItem, NavList, PageSidebar, PageSidebarBody } from '@patternfly/react-core';
import { useMay } from '../state/roles';
import { followLink } from '../parts/Place';
import { pathOf } from './router';
import type { Place } from './router';

const everybody = [
  ['', 'Overview'],
  ['machines', 'Machines'],
  ['functions', 'Functions'],
  ['volumes', 'Volumes'],
  ['targets', 'Targets'],
  ['policies', 'Policies'],
  ['tasks', 'Tasks'],
  ['events', 'Events'],
] as const;
const administrators = [
  ['users', 'Users'],
  ['tokens', 'Tokens'],
  ['audit', 'Audit log'],
] as const;

interface NavigationProps {
  place: Place;
  isOpen: boolean;
  onFollow: () => void;
}

export function Navigation({ place, isOpen, onFollow }: NavigationProps) {
  const isAdministrator = useMay('administrator');
  const items = [...everybody, ...(isAdministrator ? administrators : [])];
  return (
    <PageSidebar isSidebarOpen={isOpen}>
      <PageSidebarBody>
        <Nav aria-label="Pages" onSelect={onFollow}>
          <NavList>
            {items.map(([page, title]) => (
              <NavItem
                key={page}
                itemId={page}
                isActive={place.page === page}
                to={pathOf(page)}
                onClick={(event) => followLink(event as unknown as React.MouseEvent<HTMLAnchorElement>)}
              >
                {title}
              </NavItem>
            ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
}
