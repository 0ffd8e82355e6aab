import { Button, Chip, CloseButton, Group, SegmentedControl, TextInput } from '@mantine/core';
import { IconMessage2Bolt, IconPlus, IconSearch } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { newIdempotencyKey } from '../../api/client';
import type { Prompt } from '../../api/types';
import { EmptyState } from '../../app/EmptyState';
import { ErrorNotice } from '../../app/ErrorNotice';
import { t } from '../../app/i18n';
import { LinkButton } from '../../app/links';
import { notifyDone, notifyFailure } from '../../app/notify';
import { PageBody, PageHeader } from '../../app/PageHeader';
import { ListSkeleton } from '../../app/Skeletons';
import { promptsQuery, useSavePrompt } from './api';
import lists from './lists.module.css';
import { More } from './More';
import { PromptDrawer } from './PromptDrawer';
import { PromptRow } from './PromptRow';
import { promptFormOf, promptInputOf, tagsOf } from './promptForm';
import classes from './prompts.module.css';
import { NEW, type PromptsSearch, promptsRoute } from './routes';
import { useHidden, useRemoval } from './useRemoval';
import { useTypedSearch } from './useTypedSearch';

/** More tags than this are found by searching. */
const TAGS_SHOWN = 14;

/** Instructions worth keeping: one's own and those that others share. */
export function PromptsPage() {
  const search = promptsRoute.useSearch();
  const navigate = promptsRoute.useNavigate();
  const narrow = (part: PromptsSearch) =>
    navigate({ search: (last) => ({ ...last, ...part }), replace: true });
  const [typed, setTyped] = useTypedSearch(search.q, (q) => narrow({ q }));
  const prompts = useInfiniteQuery(promptsQuery({ q: search.q }));
  const hidden = useHidden();
  const remove = useRemoval('prompts');
  const save = useSavePrompt();

  const all = prompts.data?.filter((prompt) => !hidden.has(prompt.id));
  const shown = all?.filter((prompt) => matches(prompt, search));
  const tags = tagsOf(all ?? []);
  const filtered = search.tag !== undefined || search.show !== undefined;
  const narrowed = filtered || search.q !== undefined;
  const isEmpty = shown?.length === 0 && !narrowed;

  // Tags and owners are filtered here, so a filter has to see every prompt before it can say "none".
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = prompts;
  useEffect(() => {
    if (filtered && hasNextPage && !isFetching && !isFetchNextPageError) void fetchNextPage();
  }, [filtered, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage]);

  const open = (id: string) => navigate({ search: (last) => ({ ...last, prompt: id }) });

  const duplicate = (prompt: Prompt) => {
    const form = { ...promptFormOf(prompt), shared: false };
    const title = t('library.prompts.copyOf', { title: form.title });
    save.mutate(
      { over: null, input: promptInputOf({ ...form, title }), key: newIdempotencyKey() },
      {
        onSuccess: (made) => {
          void open(made.id);
          notifyDone(t('library.prompts.copied', { title: made.title }));
        },
        onError: notifyFailure,
      },
    );
  };

  const share = (prompt: Prompt) =>
    save.mutate(
      {
        over: prompt,
        input: promptInputOf({ ...promptFormOf(prompt), shared: !prompt.shared }),
        key: newIdempotencyKey(),
      },
      {
        onSuccess: (saved) =>
          notifyDone(t(saved.shared ? 'library.prompts.nowShared' : 'library.prompts.nowPrivate')),
        onError: notifyFailure,
      },
    );

  const create = (
    <LinkButton
      to="/prompts"
      search={(last: PromptsSearch) => ({ ...last, prompt: NEW })}
      leftSection={<IconPlus size={16} stroke={1.5} />}
    >
      {t('library.prompts.new')}
    </LinkButton>
  );

  return (
    <PageBody>
      <PageHeader
        title={t('library.prompts.title')}
        description={t('library.prompts.description')}
        actions={isEmpty ? undefined : create}
      />
      {(narrowed || (all && all.length > 0)) && (
        <search className={lists.filters}>
          <TextInput
            className={lists.search}
            aria-label={t('library.prompts.search')}
            placeholder={t('library.prompts.search')}
            leftSection={<IconSearch size={16} stroke={1.5} />}
            rightSection={
              typed && <CloseButton aria-label={t('library.clearSearch')} onClick={() => setTyped('')} />
            }
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <SegmentedControl
            aria-label={t('library.prompts.show')}
            value={search.show ?? 'all'}
            onChange={(value) => narrow({ show: value === 'mine' || value === 'shared' ? value : undefined })}
            data={[
              { value: 'all', label: t('library.prompts.all') },
              { value: 'mine', label: t('library.prompts.mine') },
              { value: 'shared', label: t('library.prompts.shared') },
            ]}
          />
          {tags.length > 0 && (
            <Group gap="xs" className={lists.tagFilter} role="group" aria-label={t('library.prompts.tags')}>
              {tags.slice(0, TAGS_SHOWN).map((tag) => (
                <Chip
                  key={tag}
                  size="xs"
                  variant="outline"
                  checked={search.tag === tag}
                  onChange={(checked) => narrow({ tag: checked ? tag : undefined })}
                >
                  {tag}
                </Chip>
              ))}
            </Group>
          )}
        </search>
      )}
      {prompts.isPending && <ListSkeleton rows={5} />}
      {prompts.error && !prompts.data && (
        <ErrorNotice error={prompts.error} retry={() => prompts.refetch()} />
      )}
      {isEmpty && (
        <EmptyState
          icon={<IconMessage2Bolt size={28} stroke={1.5} />}
          title={t('library.prompts.emptyTitle')}
          actions={create}
        >
          {t('library.prompts.emptyText')}
        </EmptyState>
      )}
      {shown && shown.length === 0 && narrowed && !isFetching && (
        <EmptyState
          icon={<IconSearch size={28} stroke={1.5} />}
          title={t('library.prompts.noneTitle')}
          actions={
            <Button
              variant="default"
              onClick={() => {
                setTyped('');
                void narrow({ q: undefined, tag: undefined, show: undefined });
              }}
            >
              {t('library.showAll')}
            </Button>
          }
        >
          {t('library.prompts.noneText')}
        </EmptyState>
      )}
      {shown && shown.length > 0 && (
        <>
          <ul className={classes.prompts}>
            {shown.map((prompt) => (
              <PromptRow
                key={prompt.id}
                prompt={prompt}
                onDuplicate={() => duplicate(prompt)}
                onShare={() => share(prompt)}
                onRemove={() => remove(prompt.id, prompt.title)}
              />
            ))}
          </ul>
          <More list={prompts} />
        </>
      )}
      <PromptDrawer
        id={search.prompt ?? null}
        known={all?.find((prompt) => prompt.id === search.prompt)}
        tags={tags}
        onClose={() => navigate({ search: (last) => ({ ...last, prompt: undefined }), replace: true })}
        onDuplicate={duplicate}
      />
    </PageBody>
  );
}

function matches(prompt: Prompt, search: PromptsSearch): boolean {
  if (search.tag !== undefined && !prompt.tags.includes(search.tag)) return false;
  if (search.show === 'mine') return prompt.mine;
  if (search.show === 'shared') return prompt.shared;
  return true;
}
