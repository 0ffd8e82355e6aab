import { Button, Checkbox, FileButton, Group, Select, Table, Text, TextInput } from '@mantine/core';
import {
  IconArrowBackUp,
  IconFilePlus,
  IconFiles,
  IconSearch,
  IconTrash,
  IconUpload,
  IconX,
} from '@tabler/icons-react';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { EmptyState } from '../../../app/EmptyState';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { t } from '../../../app/i18n';
import { notifyFailure } from '../../../app/notify';
import { PageBody, PageHeader } from '../../../app/PageHeader';
import { ListSkeleton } from '../../../app/Skeletons';
import { useCreate } from '../../../app/useCreate';
import { type DocumentFilter, type DocumentSort, documentList, keys, retryExtraction } from '../api';
import { downloadOriginal } from '../download';
import { isOwn } from '../sharing/roles';
import { DocumentRow, type RowActions } from './DocumentRow';
import { idsBetween, SHARED, SORTS, STATUSES } from './filter';
import classes from './list.module.css';
import { ACCEPTED_FILES } from './uploads';
import { useFileDrop } from './useFileDrop';
import { useTrash } from './useTrash';

const route = getRouteApi('/frame/documents');

/** The search field writes to the address after a pause, so that Back goes from filter to filter. */
function SearchField({ q, onSearch }: { q: string; onSearch: (q: string) => void }) {
  const [typed, setTyped] = useState(q);
  const search = useRef(onSearch);
  search.current = onSearch;
  useEffect(() => setTyped(q), [q]);
  useEffect(() => {
    if (typed === q) return;
    const timer = setTimeout(() => search.current(typed.trim()), 250);
    return () => clearTimeout(timer);
  }, [typed, q]);
  return (
    <TextInput
      className={classes.search}
      type="search"
      placeholder={t('documents.list.searchPlaceholder')}
      aria-label={t('documents.list.search')}
      leftSection={<IconSearch size={16} />}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
    />
  );
}

export function DocumentsPage() {
  const filter = route.useSearch();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const list = useInfiniteQuery(documentList(filter));
  const documents = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const create = useCreate();
  const { trash, restore } = useTrash();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const lastSelected = useRef<string | null>(null);
  const table = useRef<HTMLTableElement>(null);

  const chosen = documents.filter((document) => selected.has(document.id));
  const clear = () => setSelected(new Set());
  const setFilter = (change: Partial<DocumentFilter>) => {
    clear();
    void navigate({ to: '/documents', search: { ...filter, ...change } });
  };

  const upload = create.bring;
  const hovering = useFileDrop(upload);

  const actions: RowActions = {
    select(id, checked, range) {
      const next = new Set(selected);
      const from = range && lastSelected.current ? lastSelected.current : id;
      for (const each of idsBetween(
        documents.map((document) => document.id),
        from,
        id,
      )) {
        if (checked) next.add(each);
        else next.delete(each);
      }
      lastSelected.current = id;
      setSelected(next);
    },
    trash: (document) => void trash([document]),
    restore: (document) => void restore([document.id]),
    retry: (document) =>
      void retryExtraction(document.id)
        .then(() => queries.invalidateQueries({ queryKey: keys.lists }))
        .catch(notifyFailure),
    download: downloadOriginal,
  };

  // The keys of a file manager: up and down to walk, space to select, Delete for the Trash.
  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    const links = Array.from(table.current?.querySelectorAll<HTMLElement>('[data-row-link]') ?? []);
    const at = links.indexOf(target);
    if ((event.ctrlKey || event.metaKey) && event.key === 'a') {
      event.preventDefault();
      setSelected(new Set(documents.map((document) => document.id)));
    } else if (event.key === 'Escape' && selected.size > 0) {
      clear();
    } else if (event.key === 'Delete' && !filter.trash) {
      const focused = documents.find((document) => document.id === target.dataset.rowLink);
      const going = (chosen.length > 0 ? chosen : focused ? [focused] : []).filter(isOwn);
      if (going.length === 0) return;
      event.preventDefault();
      clear();
      void trash(going);
    } else if (at !== -1 && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      links[at + (event.key === 'ArrowDown' ? 1 : -1)]?.focus();
    } else if (at !== -1 && event.key === ' ') {
      event.preventDefault();
      const id = target.dataset.rowLink ?? '';
      actions.select(id, !selected.has(id), event.shiftKey);
    }
  };

  const isFiltered = Boolean(filter.q || filter.status || filter.shared);
  return (
    <PageBody>
      <PageHeader
        title={filter.trash ? t('documents.trash.title') : t('documents.title')}
        description={filter.trash ? t('documents.trash.description') : undefined}
        crumbs={filter.trash ? [{ label: t('documents.title'), to: '/documents' }] : undefined}
        actions={
          !filter.trash && (
            <>
              <Button
                variant="default"
                leftSection={<IconFilePlus size={18} />}
                loading={create.blankBusy}
                onClick={create.blank}
              >
                {t('documents.list.blank')}
              </Button>
              <FileButton multiple accept={ACCEPTED_FILES} onChange={upload}>
                {(props) => (
                  <Button {...props} leftSection={<IconUpload size={18} />}>
                    {t('documents.list.upload')}
                  </Button>
                )}
              </FileButton>
            </>
          )
        }
      />
      {chosen.length > 0 ? (
        <Group className={classes.bar} gap="xs" role="region" aria-label={t('documents.list.selection')}>
          <Text fw={600} aria-live="polite">
            {t('documents.list.selected', { count: chosen.length })}
          </Text>
          {filter.trash ? (
            <Button
              variant="default"
              size="xs"
              leftSection={<IconArrowBackUp size={16} />}
              onClick={() => {
                clear();
                void restore(chosen.map((document) => document.id));
              }}
            >
              {t('documents.trash.restore')}
            </Button>
          ) : (
            chosen.every(isOwn) && (
              <Button
                variant="default"
                size="xs"
                leftSection={<IconTrash size={16} />}
                onClick={() => {
                  clear();
                  void trash(chosen);
                }}
              >
                {t('documents.trash.move')}
              </Button>
            )
          )}
          <Button variant="subtle" color="gray" size="xs" leftSection={<IconX size={16} />} onClick={clear}>
            {t('documents.list.clearSelection')}
          </Button>
        </Group>
      ) : (
        <Group className={classes.bar} gap="xs">
          <SearchField q={filter.q ?? ''} onSearch={(q) => setFilter({ q: q || undefined })} />
          <Select
            className={classes.choice}
            aria-label={t('documents.list.filterStatus')}
            value={filter.status ?? 'all'}
            data={[
              { value: 'all', label: t('documents.list.anyStatus') },
              ...STATUSES.map((status) => ({ value: status, label: t(`documents.status.${status}`) })),
            ]}
            onChange={(status) => setFilter({ status: STATUSES.find((known) => known === status) })}
          />
          <Select
            className={classes.choice}
            aria-label={t('documents.list.sortBy')}
            value={filter.sort ?? 'updated'}
            data={SORTS.map((sort) => ({ value: sort, label: t(`documents.list.sort.${sort}`) }))}
            onChange={(sort) =>
              setFilter({
                sort: sort === 'updated' ? undefined : ((sort ?? undefined) as DocumentSort | undefined),
              })
            }
          />
          {!filter.trash && (
            <Select
              className={classes.choice}
              aria-label={t('documents.share.filter')}
              value={filter.shared ?? 'all'}
              data={[
                { value: 'all', label: t('documents.share.all') },
                ...SHARED.map((shared) => ({ value: shared, label: t(`documents.share.${shared}`) })),
              ]}
              onChange={(shared) => setFilter({ shared: SHARED.find((known) => known === shared) })}
            />
          )}
          {!filter.trash && (
            <Button
              variant="subtle"
              color="gray"
              className={classes.trashLink}
              classNames={{ section: classes.trashIcon }}
              aria-label={t('documents.trash.title')}
              leftSection={<IconTrash size={16} />}
              onClick={() => setFilter({ trash: true, status: undefined, q: undefined, shared: undefined })}
            >
              <span className={classes.trashLabel}>{t('documents.trash.title')}</span>
            </Button>
          )}
        </Group>
      )}
      {list.isPending ? (
        <ListSkeleton rows={8} />
      ) : list.isError && documents.length === 0 ? (
        <ErrorNotice error={list.error} retry={() => void list.refetch()} />
      ) : documents.length === 0 ? (
        <NothingHere
          filter={filter}
          isFiltered={isFiltered}
          onUpload={upload}
          onClear={() => setFilter({ q: undefined, status: undefined, shared: undefined })}
        />
      ) : (
        <Table ref={table} className={classes.table} onKeyDown={onKeyDown} aria-label={t('documents.title')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th className={classes.checkCell}>
                <Checkbox
                  aria-label={t('documents.list.selectAll')}
                  checked={chosen.length === documents.length}
                  indeterminate={chosen.length > 0 && chosen.length < documents.length}
                  onChange={(event) =>
                    setSelected(
                      new Set(event.currentTarget.checked ? documents.map((document) => document.id) : []),
                    )
                  }
                />
              </Table.Th>
              <Table.Th>{t('documents.list.name')}</Table.Th>
              <Table.Th className={classes.statusCell}>{t('documents.list.state')}</Table.Th>
              <Table.Th className={classes.wordsCell}>{t('documents.list.words')}</Table.Th>
              <Table.Th className={classes.changedCell}>
                {filter.trash ? t('documents.trash.deleted') : t('documents.list.changed')}
              </Table.Th>
              <Table.Th className={classes.menuCell}>
                <span className="visually-hidden">{t('documents.list.actions')}</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {documents.map((document) => (
              <DocumentRow
                key={document.id}
                document={document}
                selected={selected.has(document.id)}
                actions={actions}
              />
            ))}
          </Table.Tbody>
        </Table>
      )}
      {list.hasNextPage && (
        <Group justify="center" mt="lg">
          <Button
            variant="default"
            loading={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            {t('documents.list.more')}
          </Button>
        </Group>
      )}
      {hovering && (
        <div className={classes.drop}>
          <div className={classes.dropText}>
            <IconUpload size={28} aria-hidden="true" />
            {t('documents.list.dropHere')}
          </div>
        </div>
      )}
    </PageBody>
  );
}

function NothingHere(props: {
  filter: DocumentFilter;
  isFiltered: boolean;
  onUpload: (files: File[]) => void;
  onClear: () => void;
}) {
  if (props.isFiltered) {
    return (
      <EmptyState
        icon={<IconSearch />}
        title={t('documents.list.noMatch')}
        actions={
          <Button variant="default" onClick={props.onClear}>
            {t('documents.list.clearFilter')}
          </Button>
        }
      >
        {t('documents.list.noMatchText')}
      </EmptyState>
    );
  }
  if (props.filter.trash) {
    return (
      <EmptyState icon={<IconTrash />} title={t('documents.trash.empty')}>
        {t('documents.trash.emptyText')}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<IconFiles />}
      title={t('documents.list.empty')}
      actions={
        <FileButton multiple accept={ACCEPTED_FILES} onChange={props.onUpload}>
          {(button) => (
            <Button {...button} variant="light" leftSection={<IconUpload size={18} />}>
              {t('documents.list.chooseFiles')}
            </Button>
          )}
        </FileButton>
      }
    >
      {t('documents.list.emptyText')}
    </EmptyState>
  );
}
