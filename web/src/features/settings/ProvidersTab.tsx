import { ActionIcon, Badge, Button, Group, Menu, Text, Title } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconDots, IconPencil, IconPlus, IconServer2, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ModelProvider } from '../../api/types';
import { EmptyState } from '../../app/EmptyState';
import { ErrorNotice } from '../../app/ErrorNotice';
import { messageOrNull, t } from '../../app/i18n';
import { notifyDone, notifyFailure } from '../../app/notify';
import { ListSkeleton } from '../../app/Skeletons';
import { providersQuery, useDeleteProvider } from './api';
import { ProviderDrawer } from './ProviderDrawer';
import { serviceOf } from './services';
import classes from './settings.module.css';

/** The model providers of the workspace. */
export function ProvidersTab() {
  const providers = useQuery(providersQuery);
  const [editing, setEditing] = useState<ModelProvider | 'new' | null>(null);
  const add = (
    <Button leftSection={<IconPlus size={18} />} onClick={() => setEditing('new')}>
      {t('settings.addProvider')}
    </Button>
  );
  return (
    <section aria-labelledby="providers-title">
      <Group justify="space-between" align="flex-start" my="md">
        <div className={classes.intro}>
          <Title order={2} size="h3" id="providers-title">
            {t('settings.providers')}
          </Title>
          <Text c="dimmed">{t('settings.providersText')}</Text>
        </div>
        {providers.data && providers.data.length > 0 && add}
      </Group>
      {providers.isPending && <ListSkeleton rows={3} />}
      {providers.isError && <ErrorNotice error={providers.error} retry={() => void providers.refetch()} />}
      {providers.data?.length === 0 && (
        <EmptyState icon={<IconServer2 />} title={t('settings.noProviders')} actions={add}>
          {t('settings.noProvidersText')}
        </EmptyState>
      )}
      {providers.data && providers.data.length > 0 && (
        <ul className={classes.list}>
          {providers.data.map((provider) => (
            <ProviderRow
              key={provider.id ?? `${provider.source}-${provider.name}`}
              provider={provider}
              onEdit={() => setEditing(provider)}
            />
          ))}
        </ul>
      )}
      <ProviderDrawer
        key={editing === 'new' ? 'new' : (editing?.id ?? editing?.name ?? 'none')}
        provider={editing}
        onClose={() => setEditing(null)}
      />
    </section>
  );
}

function ProviderRow({ provider, onEdit }: { provider: ModelProvider; onEdit: () => void }) {
  const remove = useDeleteProvider();
  const { id, name } = provider;
  const enabled = provider.models.filter((model) => model.enabled).length;
  const service =
    serviceOf(provider).label || (messageOrNull(`settings.kind.${provider.kind}`) ?? provider.kind);

  const confirmDelete = () =>
    modals.openConfirmModal({
      title: t('settings.deleteProvider', { name }),
      children: <Text>{t('settings.deleteProviderText')}</Text>,
      labels: { confirm: t('app.delete'), cancel: t('app.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () => {
        if (!id) return;
        remove.mutate(id, {
          onSuccess: () => notifyDone(t('settings.providerDeleted', { name })),
          onError: notifyFailure,
        });
      },
    });

  return (
    <li className={classes.provider}>
      <div className={classes.providerText}>
        <Group gap="xs">
          <Text fw={600}>{name}</Text>
          {!provider.enabled && <Badge color="gray">{t('settings.off')}</Badge>}
          {provider.source !== 'web' && <Badge color="gray">{t(`settings.source.${provider.source}`)}</Badge>}
        </Group>
        <Text c="dimmed" className={classes.long}>
          {service} · {provider.baseUrl}
        </Text>
        <Text c="dimmed">
          {enabled > 0 ? t('settings.modelsOn', { count: enabled }) : t('settings.noModelsOn')}
          {provider.hasKey ? ` · ${t('settings.keySet')}` : ''}
        </Text>
      </div>
      {id ? (
        <Group gap={4} wrap="nowrap">
          <Button variant="default" leftSection={<IconPencil size={16} />} onClick={onEdit}>
            {t('app.edit')}
          </Button>
          <Menu keepMounted={false}>
            <Menu.Target>
              <ActionIcon aria-label={t('settings.moreOf', { name })}>
                <IconDots size={20} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item color="red" leftSection={<IconTrash size={18} />} onClick={confirmDelete}>
                {t('app.delete')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      ) : (
        <Button variant="default" onClick={onEdit}>
          {t('settings.show')}
        </Button>
      )}
    </li>
  );
}
