import { IconMapSearch } from '@tabler/icons-react';
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { EmptyState } from './EmptyState';
import { ErrorNotice } from './ErrorNotice';
import { t } from './i18n';
import { LinkButton } from './links';
import { PageBody, PageHeader } from './PageHeader';

/** A page that broke or could not load: the frame around it stays usable. */
export function PageFailure({ error }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <PageBody>
      <PageHeader title={t('app.pageFailed')} />
      <ErrorNotice error={error} retry={() => void router.invalidate()} />
    </PageBody>
  );
}

/** The workspace itself could not be opened: no frame, only what happened. */
export function WorkspaceFailure(props: ErrorComponentProps) {
  return (
    <main>
      <PageFailure {...props} />
    </main>
  );
}

/** An address that leads nowhere. */
export function NotFoundPage() {
  return (
    <PageBody>
      <PageHeader title={t('app.notFound')} />
      <EmptyState
        icon={<IconMapSearch />}
        title={t('app.notFoundTitle')}
        actions={<LinkButton to="/">{t('app.toDashboard')}</LinkButton>}
      >
        {t('app.notFoundText')}
      </EmptyState>
    </PageBody>
  );
}
