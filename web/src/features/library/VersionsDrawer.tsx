import { Badge, Button, Drawer, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Template } from '../../api/types';
import { ErrorNotice } from '../../app/ErrorNotice';
import { t } from '../../app/i18n';
import { notifyFailure, notifyUndo } from '../../app/notify';
import { ListSkeleton } from '../../app/Skeletons';
import { Time } from '../../app/Time';
import { templateVersionsQuery, useRestoreTemplate } from './api';
import classes from './templateEditor.module.css';
import { VersionPreview } from './VersionPreview';

interface VersionsDrawerProps {
  template: Template;
  opened: boolean;
  onClose: () => void;
  /** There are changes that nobody saved: restoring would put them in doubt. */
  unsaved: boolean;
  readOnly: boolean;
}

/** Every version of a template that was ever saved, to look at and to make the current one again. */
export function VersionsDrawer({ template, opened, onClose, unsaved, readOnly }: VersionsDrawerProps) {
  const versions = useQuery({ ...templateVersionsQuery(template.id), enabled: opened });
  const restore = useRestoreTemplate(template.id);
  const [looking, setLooking] = useState<number | null>(null);

  const restorable = (version: number) => !readOnly && version !== template.version;

  const bringBack = (version: number) => {
    const before = template.version;
    restore.mutate(version, {
      onSuccess: () => {
        setLooking(null);
        notifyUndo(t('library.versions.restored', { version }), async () => {
          await restore.mutateAsync(before);
        });
      },
      onError: notifyFailure,
    });
  };

  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      title={t('library.versions.title')}
      // While a version is looked at, the keyboard belongs to it.
      closeOnEscape={looking === null}
      trapFocus={looking === null}
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      <Stack gap="md">
        {unsaved && !readOnly && <Text size="sm">{t('library.versions.unsaved')}</Text>}
        {versions.isPending && <ListSkeleton rows={4} />}
        {versions.error && <ErrorNotice error={versions.error} retry={() => versions.refetch()} />}
        {versions.data && (
          <ol className={classes.versions}>
            {versions.data.map((entry) => (
              <li key={entry.version} className={classes.versionRow}>
                <div>
                  <Text fw={500} component="div">
                    {t('library.versions.number', { version: entry.version })}{' '}
                    {entry.version === template.version && (
                      <Badge ml={4}>{t('library.versions.current')}</Badge>
                    )}
                  </Text>
                  {entry.name !== template.name && (
                    <Text size="sm" lineClamp={2}>
                      {entry.name}
                    </Text>
                  )}
                  <Text size="xs" c="dimmed">
                    <Time at={entry.createdAt} />
                    {entry.authorName && ` · ${entry.authorName}`}
                  </Text>
                </div>
                <Group gap="xs" justify="flex-end">
                  <Button
                    size="xs"
                    variant="default"
                    aria-label={t('library.versions.lookNumber', { version: entry.version })}
                    onClick={() => setLooking(entry.version)}
                  >
                    {t('library.versions.look')}
                  </Button>
                  {restorable(entry.version) && (
                    <Button
                      size="xs"
                      variant="default"
                      disabled={unsaved || restore.isPending}
                      loading={restore.isPending && restore.variables === entry.version}
                      aria-label={t('library.versions.restoreNumber', { version: entry.version })}
                      onClick={() => bringBack(entry.version)}
                    >
                      {t('library.versions.restore')}
                    </Button>
                  )}
                </Group>
              </li>
            ))}
          </ol>
        )}
      </Stack>
      {looking !== null && (
        <VersionPreview
          templateId={template.id}
          version={looking}
          onClose={() => setLooking(null)}
          onRestore={restorable(looking) ? () => bringBack(looking) : undefined}
          disabled={unsaved || restore.isPending}
        />
      )}
    </Drawer>
  );
}
