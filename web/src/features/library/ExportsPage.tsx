import { ActionIcon, Loader, Menu, Table, Text, Tooltip } from '@mantine/core';
import {
  IconDots,
  IconDownload,
  IconFileExport,
  IconFileText,
  IconRefresh,
  IconTrash,
} from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { Export } from '../../api/types';
import { EmptyState } from '../../app/EmptyState';
import { ErrorNotice } from '../../app/ErrorNotice';
import { formatBytes } from '../../app/format';
import { messageOrNull, t } from '../../app/i18n';
import { LinkAnchor, LinkButton, LinkMenuItem } from '../../app/links';
import { notifyFailure } from '../../app/notify';
import { PageBody, PageHeader } from '../../app/PageHeader';
import { ListSkeleton } from '../../app/Skeletons';
import { Time } from '../../app/Time';
import { startDownload } from '../documents/download';
import { exportsQuery, useExportDownload, useRepeatExport } from './api';
import classes from './exports.module.css';
import { More } from './More';
import { useHidden, useRemoval } from './useRemoval';

/** The files that were made of drafts, until the workspace's retention removes them. */
export function ExportsPage() {
  const exports = useInfiniteQuery(exportsQuery());
  const hidden = useHidden();
  const remove = useRemoval('exports');
  const repeat = useRepeatExport();
  const shown = exports.data?.filter((made) => !hidden.has(made.id));

  return (
    <PageBody>
      <PageHeader title={t('library.exports.title')} description={t('library.exports.description')} />
      {exports.isPending && <ListSkeleton rows={6} />}
      {exports.error && !exports.data && (
        <ErrorNotice error={exports.error} retry={() => exports.refetch()} />
      )}
      {shown && shown.length === 0 && (
        <EmptyState
          icon={<IconFileExport size={28} stroke={1.5} />}
          title={t('library.exports.emptyTitle')}
          actions={<LinkButton to="/documents">{t('library.exports.toDocuments')}</LinkButton>}
        >
          {t('library.exports.emptyText')}
        </EmptyState>
      )}
      {shown && shown.length > 0 && (
        <>
          <div className={classes.tableFrame}>
            <Table className={classes.table} aria-label={t('library.exports.title')}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">{t('library.exports.document')}</Table.Th>
                  <Table.Th scope="col">{t('library.exports.format')}</Table.Th>
                  <Table.Th scope="col" ta="right">
                    {t('library.exports.size')}
                  </Table.Th>
                  <Table.Th scope="col">{t('library.exports.made')}</Table.Th>
                  <Table.Th scope="col">{t('library.exports.removed')}</Table.Th>
                  <Table.Th scope="col">
                    <span className="visually-hidden">{t('library.actions')}</span>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {shown.map((made) => (
                  <ExportRow
                    key={made.id}
                    made={made}
                    onRemove={() => remove(made.id, made.fileName)}
                    onRepeat={() => repeat.mutate(made, { onError: notifyFailure })}
                    repeating={repeat.isPending && repeat.variables.id === made.id}
                  />
                ))}
              </Table.Tbody>
            </Table>
          </div>
          <More list={exports} />
        </>
      )}
    </PageBody>
  );
}

interface ExportRowProps {
  made: Export;
  onRemove: () => void;
  onRepeat: () => void;
  repeating: boolean;
}

function ExportRow({ made, onRemove, onRepeat, repeating }: ExportRowProps) {
  const fetchUrl = useExportDownload();
  return (
    <Table.Tr>
      <Table.Td data-cell="title">
        <LinkAnchor
          className={classes.exportTitle}
          to="/documents/$documentId"
          params={{ documentId: made.documentId }}
          size="sm"
          fw={500}
          c="var(--carrel-ink)"
          lineClamp={2}
          title={made.documentTitle}
        >
          {made.documentTitle}
        </LinkAnchor>
        {made.status === 'queued' && (
          <Text size="xs" c="dimmed" className={classes.inProgress} role="status">
            <Loader size={12} color="gray" aria-hidden="true" /> {t('library.exports.queued')}
          </Text>
        )}
        {made.status === 'failed' && (
          <Text size="xs" c="red">
            {t('library.exports.failed')} {failureText(made)}
          </Text>
        )}
      </Table.Td>
      <Table.Td data-cell="format" className={classes.quiet}>
        {t(`library.exports.formats.${made.format}`)}
      </Table.Td>
      <Table.Td data-cell="size" ta="right" className={classes.quiet}>
        {made.size === null ? '–' : formatBytes(made.size)}
      </Table.Td>
      <Table.Td data-cell="made" className={classes.quiet}>
        <Time at={made.createdAt} />
      </Table.Td>
      <Table.Td data-cell="expires" className={classes.quiet}>
        <span className={classes.onPhone}>{t('library.exports.removed')} </span>
        <Time at={made.expiresAt} />
      </Table.Td>
      <Table.Td data-cell="actions">
        <div className={classes.rowActions}>
          {made.status === 'ready' && (
            <Tooltip label={t('library.exports.download')}>
              <ActionIcon
                color="green"
                aria-label={t('library.exports.downloadOf', { name: made.fileName })}
                loading={fetchUrl.isPending}
                onClick={() =>
                  fetchUrl.mutate(made.id, {
                    onSuccess: ({ url }) => startDownload(url, made.fileName),
                    onError: notifyFailure,
                  })
                }
              >
                <IconDownload size={18} stroke={1.5} />
              </ActionIcon>
            </Tooltip>
          )}
          {made.status === 'failed' && (
            <Tooltip label={t('library.exports.again')}>
              <ActionIcon
                aria-label={t('library.exports.againOf', { name: made.fileName })}
                loading={repeating}
                onClick={onRepeat}
              >
                <IconRefresh size={18} stroke={1.5} />
              </ActionIcon>
            </Tooltip>
          )}
          <Menu>
            <Menu.Target>
              <Tooltip label={t('library.actions')}>
                <ActionIcon aria-label={t('library.actionsOf', { name: made.fileName })}>
                  <IconDots size={18} stroke={1.5} />
                </ActionIcon>
              </Tooltip>
            </Menu.Target>
            <Menu.Dropdown>
              <LinkMenuItem
                to="/documents/$documentId"
                params={{ documentId: made.documentId }}
                leftSection={<IconFileText size={16} stroke={1.5} />}
              >
                {t('library.exports.openDocument')}
              </LinkMenuItem>
              <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={onRemove}>
                {t('app.delete')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </div>
      </Table.Td>
    </Table.Tr>
  );
}

/** Why an export failed: in the person's language when we have words for it, else the server's own sentence. */
function failureText({ failure }: Export): string {
  if (!failure) return '';
  return messageOrNull(`library.error.${failure.code}`) ?? failure.detail;
}
