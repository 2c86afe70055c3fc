// A table of any length of which only the rows in view are drawn. Its region takes the focus, so that the keyboard
// scrolls it; row counts and numbers tell screen readers what is not drawn.
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode, RefObject } from 'react';
import { sorted, windowOf } from './rows';
import type { SortValue } from './rows';

export interface Column<T> {
  title: string;
  cell: (row: T) => ReactNode;
  sortBy?: (row: T) => SortValue;
  width?: string; // of CSS
  isRight?: boolean;
  hides?: 'narrow' | 'medium'; // where there is no room for it
}

interface VirtualTableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string;
  isSorted?: boolean; // as they come; else by the first column
}

const rowPixels = 45;
const bottomPixels = 24;

interface View {
  scrolled: number;
  height: number;
}

// The region ends where the window does.
function useView(region: RefObject<HTMLDivElement>): [View, () => void] {
  const [view, setView] = useState<View>({ scrolled: 0, height: 800 });
  const look = (): void => {
    const element = region.current;
    if (element) setView({ scrolled: element.scrollTop, height: element.clientHeight });
  };
  useLayoutEffect(() => {
    const fit = (): void => {
      const element = region.current;
      if (!element) return;
      const top = element.getBoundingClientRect().top;
      element.style.maxHeight = `${Math.max(320, innerHeight - top - bottomPixels)}px`;
      setView({ scrolled: element.scrollTop, height: element.clientHeight });
    };
    fit();
    const observer = new ResizeObserver(fit);
    if (region.current?.parentElement) observer.observe(region.current.parentElement);
    addEventListener('resize', fit);
    return () => {
      observer.disconnect();
      removeEventListener('resize', fit);
    };
  }, [region]);
  return [view, look];
}

function classOf<T>(column: Column<T>): string {
  return [column.isRight ? 'lw-right' : '', column.hides ? `lw-hides-${column.hides}` : ''].join(' ').trim();
}

function Spacer({ rows, columns }: { rows: number; columns: number }) {
  if (rows <= 0) return null;
  return (
    <tr aria-hidden="true" style={{ height: `${rows * rowPixels}px` }}>
      <td colSpan={columns} />
    </tr>
  );
}

export function VirtualTable<T>({ label, columns, rows, keyOf, isSorted = false }: VirtualTableProps<T>) {
  const region = useRef<HTMLDivElement>(null);
  const [view, look] = useView(region);
  const [sort, setSort] = useState({ index: isSorted ? -1 : 0, isFalling: false });
  const by = columns[sort.index]?.sortBy;
  const ordered = useMemo(() => (by ? sorted(rows, by, sort.isFalling) : rows), [rows, by, sort.isFalling]);
  const { first, end } = windowOf(ordered.length, rowPixels, view.scrolled, view.height);
  const sortOf = (index: number) => ({
    sortBy: { index: sort.index, direction: sort.isFalling ? ('desc' as const) : ('asc' as const) },
    onSort: () => setSort({ index, isFalling: sort.index === index && !sort.isFalling }),
    columnIndex: index,
  });
  return (
    // A region that scrolls must take the focus (WCAG 2.1.1).
    <div className="lw-scroll" ref={region} onScroll={look} tabIndex={0} role="region" aria-label={`${label}, scrolls`}>
      <Table
        role="table"
        aria-label={label}
        variant="compact"
        gridBreakPoint=""
        isStickyHeader
        className="lw-table"
        aria-rowcount={ordered.length + 1}
      >
        <colgroup>
          {columns.map((column) => (
            <col key={column.title} className={classOf(column)} style={{ width: column.width }} />
          ))}
        </colgroup>
        <Thead>
          <Tr aria-rowindex={1}>
            {columns.map((column, index) => (
              <Th
                key={column.title}
                className={classOf(column)}
                sort={column.sortBy && !isSorted ? sortOf(index) : undefined}
              >
                {column.title}
              </Th>
            ))}
          </Tr>
        </Thead>
        <Tbody>
          <Spacer rows={first} columns={columns.length} />
          {ordered.slice(first, end).map((row, offset) => (
            <Tr key={keyOf(row)} aria-rowindex={first + offset + 2}>
              {columns.map((column) => (
                <Td key={column.title} dataLabel={column.title} className={classOf(column)}>
                  {column.cell(row)}
                </Td>
              ))}
            </Tr>
          ))}
          <Spacer rows={ordered.length - end} columns={columns.length} />
        </Tbody>
      </Table>
    </div>
  );
}
