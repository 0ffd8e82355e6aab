import { Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ErrorNotice } from '../../app/ErrorNotice';
import { t } from '../../app/i18n';
import { PageBody, PageHeader } from '../../app/PageHeader';
import { CardsSkeleton } from '../../app/Skeletons';
import { useMe } from '../../app/session';
import { failedDocuments, recentDocuments, recentExports } from './api';
import { ContinueCard } from './ContinueCard';
import classes from './dashboard.module.css';
import { FirstSteps } from './FirstSteps';
import { Invitations } from './Invitations';
import { ModelLine } from './ModelLine';
import { StartWays } from './StartWays';
import { Waiting } from './Waiting';

function greeting(name: string, hour: number): string {
  const first = name.trim().split(/\s+/)[0] ?? '';
  if (hour >= 5 && hour < 12) return t('dashboard.morning', { name: first });
  if (hour >= 12 && hour < 18) return t('dashboard.afternoon', { name: first });
  return t('dashboard.evening', { name: first });
}

/** Recent work, what waits for the person, and the ways to start. */
export function DashboardPage() {
  const me = useMe();
  const recent = useQuery(recentDocuments);
  const failed = useQuery(failedDocuments);
  const exports = useQuery(recentExports);
  const empty = recent.data?.length === 0;
  return (
    <PageBody>
      <PageHeader
        title={greeting(me.name, new Date().getHours())}
        description={empty ? t('dashboard.emptyText') : t('dashboard.text')}
      />
      <ModelLine />
      <Invitations />
      {recent.isPending && <CardsSkeleton />}
      {recent.isError && (
        <ErrorNotice
          error={recent.error}
          title={t('dashboard.recentFailed')}
          retry={() => void recent.refetch()}
        />
      )}
      {empty && <FirstSteps />}
      {recent.data && !empty && (
        <>
          <section aria-labelledby="continue" className={classes.section}>
            <Title order={2} size="h3" id="continue">
              {t('dashboard.continue')}
            </Title>
            <div className={classes.cards}>
              {recent.data.slice(0, 6).map((document) => (
                <ContinueCard key={document.id} document={document} />
              ))}
            </div>
          </section>
          <Waiting failed={failed.data ?? []} exports={exports.data ?? []} recent={recent.data} />
          <section aria-labelledby="start" className={classes.section}>
            <Title order={2} size="h3" id="start">
              {t('dashboard.start')}
            </Title>
            <StartWays />
          </section>
        </>
      )}
      {(failed.isError || exports.isError) && !recent.isError && (
        <Text c="dimmed" role="alert">
          {t('dashboard.waitingFailed')}
        </Text>
      )}
    </PageBody>
  );
}
