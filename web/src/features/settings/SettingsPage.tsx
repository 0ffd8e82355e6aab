import { Tabs } from '@mantine/core';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { NotFoundPage } from '../../app/FailurePages';
import { t } from '../../app/i18n';
import { PageBody, PageHeader } from '../../app/PageHeader';
import { usePermission } from '../../app/session';
import { ProfilePage } from '../accounts/ProfilePage';
import { ProvidersTab } from './ProvidersTab';
import { WorkspaceTab } from './WorkspaceTab';

const route = getRouteApi('/frame/settings/$tab');

/** The person's own settings, and those of the workspace for who may change them. */
export function SettingsPage() {
  const { tab } = route.useParams();
  const router = useRouter();
  const providers = usePermission('providers:manage');
  const workspace = usePermission('settings:manage');
  const tabs = [
    { value: 'profile', label: t('settings.tabProfile'), shown: true, panel: <ProfilePage /> },
    { value: 'providers', label: t('settings.tabProviders'), shown: providers, panel: <ProvidersTab /> },
    { value: 'workspace', label: t('settings.tabWorkspace'), shown: workspace, panel: <WorkspaceTab /> },
  ].filter(({ shown }) => shown);
  if (!tabs.some(({ value }) => value === tab)) return <NotFoundPage />;
  return (
    <PageBody>
      <PageHeader title={t('app.settings')} />
      <Tabs
        value={tab}
        onChange={(value) => {
          if (value) void router.navigate({ to: '/settings/$tab', params: { tab: value } });
        }}
      >
        <Tabs.List>
          {tabs.map(({ value, label }) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(({ value, panel }) => (
          <Tabs.Panel key={value} value={value} pt="md">
            {panel}
          </Tabs.Panel>
        ))}
      </Tabs>
    </PageBody>
  );
}
