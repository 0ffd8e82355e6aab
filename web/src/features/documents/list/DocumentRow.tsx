import { ActionIcon, Checkbox, Menu, Table, Text, Tooltip } from '@mantine/core';
import {
  IconArrowBackUp,
  IconDots,
  IconDownload,
  IconFile,
  IconFileText,
  IconFileTypeDocx,
  IconFileTypePdf,
  IconMail,
  IconPhoto,
  IconPresentation,
  IconRefresh,
  IconTable,
  IconTrash,
  IconWorld,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { Document } from '../../../api/types';
import { formatBytes, formatNumber } from '../../../app/format';
import { t } from '../../../app/i18n';
import { Time } from '../../../app/Time';
import { failureText } from '../failure';
import { StatusPill } from '../StatusPill';
import { isOwn, mayWrite } from '../sharing/roles';
import classes from './list.module.css';

const ICONS: [RegExp, typeof IconFile][] = [
  [/^pdf$/, IconFileTypePdf],
  [/^(docx?|odt|rtf)$/, IconFileTypeDocx],
  [/^(xlsx?|ods|csv)$/, IconTable],
  [/^(pptx?|odp)$/, IconPresentation],
  [/^(html?|epub)$/, IconWorld],
  [/^(png|jpe?g|tiff?)$/, IconPhoto],
  [/^eml$/, IconMail],
  [/^(markdown|md|te?xt)$/, IconFileText],
];

export function FormatIcon({ document }: { document: Document }) {
  const name = document.originalName ?? '';
  const ending = document.format ?? name.slice(name.lastIndexOf('.') + 1);
  const Icon = ICONS.find(([format]) => format.test(ending.toLowerCase()))?.[1] ?? IconFile;
  return <Icon size={22} className={classes.formatIcon} aria-hidden="true" />;
}

function subline(document: Document): string {
  const parts = [document.originalName ?? t('documents.list.writtenHere')];
  if (document.size !== null) parts.push(formatBytes(document.size));
  if (document.pageCount !== null) parts.push(t('documents.list.pages', { count: document.pageCount }));
  if (document.role !== 'owner') parts.unshift(t('documents.share.of', { name: document.owner.name }));
  else if (document.shared) parts.unshift(t('documents.share.shared'));
  return parts.join(' · ');
}

export interface RowActions {
  select(id: string, checked: boolean, range: boolean): void;
  trash(document: Document): void;
  restore(document: Document): void;
  retry(document: Document): void;
  download(document: Document): void;
}

function RowMenu({ document, actions }: { document: Document; actions: RowActions }) {
  const retries = mayWrite(document) && document.status === 'failed' && document.failure?.retryable;
  if (!retries && !document.originalName && !isOwn(document)) return null;
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon aria-label={t('documents.list.moreFor', { title: document.title })}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {retries && (
          <Menu.Item leftSection={<IconRefresh size={16} />} onClick={() => actions.retry(document)}>
            {t('app.tryAgain')}
          </Menu.Item>
        )}
        {document.originalName && (
          <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => actions.download(document)}>
            {t('documents.list.downloadOriginal')}
          </Menu.Item>
        )}
        {document.deletedAt ? (
          <Menu.Item leftSection={<IconArrowBackUp size={16} />} onClick={() => actions.restore(document)}>
            {t('documents.trash.restore')}
          </Menu.Item>
        ) : (
          isOwn(document) && (
            <Menu.Item leftSection={<IconTrash size={16} />} onClick={() => actions.trash(document)}>
              {t('documents.trash.move')}
            </Menu.Item>
          )
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

/** One document in the list: what it is, where it stands, when it changed, how long it is. */
export function DocumentRow(props: { document: Document; selected: boolean; actions: RowActions }) {
  const { document, selected, actions } = props;
  const failure = document.failure && failureText(document.failure);
  const words = document.draftWords ?? document.sourceWords;
  return (
    <Table.Tr className={classes.documentRow} data-selected={selected || undefined}>
      <Table.Td className={classes.checkCell}>
        <Checkbox
          checked={selected}
          aria-label={t('documents.list.select', { title: document.title })}
          onChange={(event) =>
            actions.select(
              document.id,
              event.currentTarget.checked,
              (event.nativeEvent as MouseEvent).shiftKey === true,
            )
          }
        />
      </Table.Td>
      <Table.Td className={classes.titleCell}>
        <div className={classes.titleBox}>
          <FormatIcon document={document} />
          <div className={classes.titleText}>
            {document.deletedAt ? (
              <span className={classes.titleLink}>{document.title}</span>
            ) : (
              <Link
                to="/documents/$documentId"
                params={{ documentId: document.id }}
                className={classes.titleLink}
                data-row-link={document.id}
              >
                {document.title}
              </Link>
            )}
            <Text fz="xs" c={failure ? 'red' : 'dimmed'} lineClamp={1} title={failure ?? undefined}>
              {failure ?? subline(document)}
            </Text>
          </div>
        </div>
      </Table.Td>
      <Table.Td className={classes.statusCell}>
        <StatusPill document={document} />
      </Table.Td>
      <Table.Td className={classes.wordsCell}>
        {words !== null && (
          <Tooltip
            label={t(document.draftWords !== null ? 'documents.list.inDraft' : 'documents.list.inSource')}
          >
            <span>{formatNumber(words)}</span>
          </Tooltip>
        )}
      </Table.Td>
      <Table.Td className={classes.changedCell}>
        <Time at={document.deletedAt ?? document.updatedAt} />
      </Table.Td>
      <Table.Td className={classes.menuCell}>
        <RowMenu document={document} actions={actions} />
      </Table.Td>
    </Table.Tr>
  );
}
