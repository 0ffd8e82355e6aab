import { Skeleton, VisuallyHidden } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { t } from './i18n';
import classes from './page.module.css';

/** Draws nothing for the first 400 ms, so that quick answers don't flicker. */
export function Delayed({ children, after = 400 }: { children: ReactNode; after?: number }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), after);
    return () => clearTimeout(timer);
  }, [after]);
  return shown ? children : null;
}

function Busy({ children }: { children: ReactNode }) {
  return (
    <div role="status" aria-busy="true">
      <VisuallyHidden>{t('app.loading')}</VisuallyHidden>
      <Delayed>
        <div aria-hidden="true">{children}</div>
      </Delayed>
    </div>
  );
}

const LIST_WIDTHS = ['62%', '48%', '71%', '55%', '40%', '66%', '52%', '59%'];

/** A list before its rows are known. */
export function ListSkeleton({ rows = 6 }: { rows?: number }) {
  return (
    <Busy>
      {LIST_WIDTHS.slice(0, rows).map((width) => (
        <div key={width} className={classes.row}>
          <Skeleton height={20} width={20} />
          <Skeleton height={14} width={width} />
          <Skeleton height={14} width={72} ml="auto" />
        </div>
      ))}
    </Busy>
  );
}

/** Cards before they are known. */
export function CardsSkeleton({ cards = 3, height = 132 }: { cards?: number; height?: number }) {
  return (
    <Busy>
      <div className={classes.cards}>
        {LIST_WIDTHS.slice(0, cards).map((width) => (
          <Skeleton key={width} height={height} radius="md" />
        ))}
      </div>
    </Busy>
  );
}

/** A form or a text before it is known. */
export function TextSkeleton({ lines = 5 }: { lines?: number }) {
  return (
    <Busy>
      {LIST_WIDTHS.slice(0, lines).map((width) => (
        <Skeleton key={width} height={14} width={width} mb="sm" />
      ))}
    </Busy>
  );
}
