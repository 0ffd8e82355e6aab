import { Button, CloseButton, SegmentedControl, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlus, IconSearch, IconTemplate } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { EmptyState } from '../../app/EmptyState';
import { ErrorNotice } from '../../app/ErrorNotice';
import { explainInOneLine } from '../../app/explain';
import { t } from '../../app/i18n';
import { LinkButton } from '../../app/links';
import { PageBody, PageHeader } from '../../app/PageHeader';
import { CardsSkeleton } from '../../app/Skeletons';
import { templatesQuery, useDuplicateTemplate } from './api';
import lists from './lists.module.css';
import { More } from './More';
import { NEW, templatesRoute } from './routes';
import { TemplateCard } from './TemplateCard';
import classes from './templateCard.module.css';
import { useHidden, useRemoval } from './useRemoval';
import { useTypedSearch } from './useTypedSearch';

/** The shapes that drafts take: one's own templates and those of the workspace. */
export function TemplatesPage() {
  const search = templatesRoute.useSearch();
  const navigate = templatesRoute.useNavigate();
  const [typed, setTyped] = useTypedSearch(search.q, (q) =>
    navigate({ search: (last) => ({ ...last, q }), replace: true }),
  );
  const templates = useInfiniteQuery(templatesQuery({ q: search.q, scope: search.scope }));
  const duplicate = useDuplicateTemplate();
  const remove = useRemoval('templates');
  const hidden = useHidden();
  const shown = templates.data?.filter((template) => !hidden.has(template.id));
  const narrowed = search.q !== undefined || search.scope !== undefined;
  const isEmpty = shown?.length === 0 && !narrowed;

  const copy = (id: string) =>
    duplicate.mutate(id, {
      onSuccess: (made) => navigate({ to: '/templates/$templateId', params: { templateId: made.id } }),
      onError: (error) => notifications.show({ color: 'red', message: explainInOneLine(error) }),
    });

  const create = (
    <LinkButton
      to="/templates/$templateId"
      params={{ templateId: NEW }}
      leftSection={<IconPlus size={16} stroke={1.5} />}
    >
      {t('library.templates.new')}
    </LinkButton>
  );

  return (
    <PageBody>
      <PageHeader
        title={t('library.templates.title')}
        description={t('library.templates.description')}
        actions={isEmpty ? undefined : create}
      />
      {(narrowed || (shown && shown.length > 0)) && (
        <search className={lists.filters}>
          <TextInput
            className={lists.search}
            aria-label={t('library.templates.search')}
            placeholder={t('library.templates.search')}
            leftSection={<IconSearch size={16} stroke={1.5} />}
            rightSection={
              typed && <CloseButton aria-label={t('library.clearSearch')} onClick={() => setTyped('')} />
            }
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <SegmentedControl
            aria-label={t('library.templates.show')}
            value={search.scope ?? 'all'}
            onChange={(value) =>
              navigate({
                search: (last) => ({
                  ...last,
                  scope: value === 'own' || value === 'global' ? value : undefined,
                }),
                replace: true,
              })
            }
            data={[
              { value: 'all', label: t('library.templates.all') },
              { value: 'own', label: t('library.templates.own') },
              { value: 'global', label: t('library.templates.global') },
            ]}
          />
        </search>
      )}
      {templates.isPending && <CardsSkeleton cards={6} height={284} />}
      {templates.error && <ErrorNotice error={templates.error} retry={() => templates.refetch()} />}
      {isEmpty && (
        <EmptyState
          icon={<IconTemplate size={28} stroke={1.5} />}
          title={t('library.templates.emptyTitle')}
          actions={create}
        >
          {t('library.templates.emptyText')}
        </EmptyState>
      )}
      {shown && shown.length === 0 && narrowed && (
        <EmptyState
          icon={<IconSearch size={28} stroke={1.5} />}
          title={t('library.templates.noneTitle')}
          actions={
            <Button
              variant="default"
              onClick={() => {
                setTyped('');
                void navigate({ search: {}, replace: true });
              }}
            >
              {t('library.showAll')}
            </Button>
          }
        >
          {t('library.templates.noneText')}
        </EmptyState>
      )}
      {shown && shown.length > 0 && (
        <>
          <Text className="visually-hidden" aria-live="polite">
            {t('library.templates.count', { count: shown.length })}
          </Text>
          <ul className={classes.cards}>
            {shown.map((template) => (
              <TemplateCard
                key={template.id}
                template={template}
                onDuplicate={() => copy(template.id)}
                onRemove={() => remove(template.id, template.name)}
              />
            ))}
          </ul>
          <More list={templates} />
        </>
      )}
    </PageBody>
  );
}
