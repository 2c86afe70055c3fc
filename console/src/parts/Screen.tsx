// One page: its heading (which takes the focus when one comes here, so that a screen reader says where one is), what
// can be done, and its content.
import { PageSection, Title } from '@patternfly/react-core';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { hasMoved } from '../app/router';

interface ScreenProps {
  title: string;
  above?: ReactNode;
  beside?: ReactNode;
  actions?: ReactNode;
  isFilled?: boolean;
  children: ReactNode;
}

export function Screen({ title, above, beside, actions, isFilled = false, children }: ScreenProps) {
  const heading = useRef<HTMLDivElement>(null);
  useEffect(() => {
    document.title = `${title} – Laneway`;
    if (hasMoved()) heading.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <>
      <PageSection className="lw-head" hasBodyWrapper={false}>
        {above}
        <div className="lw-head-row">
          <div className="lw-heading" ref={heading} tabIndex={-1}>
            <Title headingLevel="h1" size="2xl">
              {title}
            </Title>
            {beside}
          </div>
          <div className="lw-actions">{actions}</div>
        </div>
      </PageSection>
      <PageSection isFilled={isFilled} hasBodyWrapper={false} className="lw-content">
        {children}
      </PageSection>
    </>
  );
}
