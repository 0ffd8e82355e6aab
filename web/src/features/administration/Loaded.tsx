import { IconLock } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { hasCode } from '../../api/client';
import { EmptyState } from '../../app/EmptyState';
import { ErrorNotice } from '../../app/ErrorNotice';
import { t } from '../../app/i18n';
import { LinkButton } from '../../app/links';
import { ListSkeleton } from '../../app/Skeletons';
import { meQuery } from '../../app/session';

/** A page that the person's roles don't include. */
export function NoRights() {
  return (
    <EmptyState
      icon={<IconLock />}
      title={t('administration.noRights')}
      actions={<LinkButton to="/">{t('app.toDashboard')}</LinkButton>}
    >
      {t('administration.noRightsText')}
    </EmptyState>
  );
}

interface LoadedProps<T> {
  query: { data: T | undefined; error: Error | null; isPending: boolean; refetch: () => unknown };
  skeleton?: ReactNode;
  children: (data: T) => ReactNode;
}

/** What a query found; before that its outline, and when it failed, why. */
export function Loaded<T>({ query, skeleton, children }: LoadedProps<T>) {
  const cache = useQueryClient();
  const refused = hasCode(query.error, 'forbidden');
  useEffect(() => {
    // Rights were taken away while the page was open: what else is shown depends on them too.
    if (refused) void cache.invalidateQueries({ queryKey: meQuery.queryKey });
  }, [refused, cache]);

  if (refused) return <NoRights />;
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ErrorNotice error={query.error} retry={() => query.refetch()} />;
  return skeleton ?? <ListSkeleton rows={6} />;
}
