import { ActionIcon, Button, Group, SegmentedControl, Text, TextInput, UnstyledButton } from '@mantine/core';
import { IconArrowLeft, IconHistory, IconRestore } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Revision } from '../../../api/types';
import { EmptyState } from '../../../app/EmptyState';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { formatExact, formatMoment } from '../../../app/format';
import { t } from '../../../app/i18n';
import { notifyDone, notifyFailure } from '../../../app/notify';
import { TextSkeleton } from '../../../app/Skeletons';
import { Time } from '../../../app/Time';
import { useKept } from '../../../app/useKept';
import {
  comparisonQuery,
  keys,
  nameDraft,
  nameRevision,
  restoreRevision,
  revisionList,
  revisionQuery,
} from '../api';
import { treeText } from '../editor/tree';
import { mayWrite } from '../sharing/roles';
import { WordDiff } from '../WordDiff';
import { useDesk } from './desk';
import classes from './document.module.css';

function nameOf(revision: Revision): string {
  return revision.name ?? t(`documents.versions.cause.${revision.cause}`);
}

function NameForm(props: {
  /** Under which what is typed is kept until it was sent. */
  keep: string;
  initial: string;
  label: string;
  /** False when it could not be named yet. */
  onName: (name: string) => Promise<boolean>;
}) {
  const [kept, setKept] = useKept<string | null>(props.keep, null);
  const typed = kept ?? props.initial;
  const [busy, setBusy] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const name = typed.trim();
    if (name === '' || name === props.initial) return;
    setBusy(true);
    props
      .onName(name)
      .then((named) => {
        if (named) setKept(null);
      })
      .catch(notifyFailure)
      .finally(() => setBusy(false));
  };
  return (
    <form onSubmit={submit}>
      <Group gap="xs" wrap="nowrap" align="flex-end">
        <TextInput
          flex={1}
          size="xs"
          label={props.label}
          placeholder={t('documents.versions.nameExample')}
          maxLength={120}
          value={typed}
          onChange={(event) => setKept(event.currentTarget.value)}
        />
        <Button
          type="submit"
          size="xs"
          variant="default"
          loading={busy}
          disabled={typed.trim() === '' || typed.trim() === props.initial}
        >
          {t('documents.versions.setName')}
        </Button>
      </Group>
    </form>
  );
}

function Comparison({ documentId, revision }: { documentId: string; revision: Revision }) {
  const comparison = useQuery(comparisonQuery(documentId, revision.number, null));
  if (comparison.isPending) return <TextSkeleton lines={6} />;
  if (comparison.isError)
    return <ErrorNotice error={comparison.error} retry={() => void comparison.refetch()} />;
  const { changes, inserted, deleted } = comparison.data;
  if (inserted === 0 && deleted === 0) return <Text c="dimmed">{t('documents.versions.same')}</Text>;
  return (
    <>
      <Text fz="xs" c="dimmed" mb="xs">
        {t('documents.versions.since', { inserted, deleted })}
      </Text>
      <WordDiff changes={changes} />
    </>
  );
}

function WholeText({ documentId, revision }: { documentId: string; revision: Revision }) {
  const detail = useQuery(revisionQuery(documentId, revision.number));
  if (detail.isPending) return <TextSkeleton lines={6} />;
  if (detail.isError) return <ErrorNotice error={detail.error} retry={() => void detail.refetch()} />;
  return <div className={classes.revisionText}>{treeText(detail.data.tree)}</div>;
}

function Detail(props: { revision: Revision; onBack: () => void }) {
  const { revision } = props;
  const desk = useDesk();
  const queries = useQueryClient();
  const documentId = desk.document.id;
  const writes = mayWrite(desk.document);
  const [view, setView] = useState<'changes' | 'text'>('changes');
  const [busy, setBusy] = useState(false);

  const restore = async () => {
    setBusy(true);
    try {
      if (!(await desk.flush())) return;
      const restored = desk.adopt(await restoreRevision(documentId, revision.number));
      if (restored) notifyDone(t('documents.versions.restored', { name: nameOf(revision) }));
      props.onBack();
    } catch (error) {
      notifyFailure(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className={classes.versions}>
      <Group gap="xs" wrap="nowrap">
        <ActionIcon aria-label={t('documents.versions.back')} onClick={props.onBack}>
          <IconArrowLeft size={18} />
        </ActionIcon>
        <div className={classes.versionName}>
          <Text fw={600} truncate>
            {nameOf(revision)}
          </Text>
          <Text fz="xs" c="dimmed" title={formatExact(revision.createdAt)}>
            {formatMoment(revision.createdAt)}
          </Text>
        </div>
        {writes && (
          <Button
            size="xs"
            leftSection={<IconRestore size={16} />}
            loading={busy}
            disabled={desk.active !== null}
            onClick={() => void restore()}
          >
            {t('documents.versions.restore')}
          </Button>
        )}
      </Group>
      {writes && (
        <NameForm
          key={revision.number}
          keep={`version.${documentId}.${revision.number}`}
          initial={revision.name ?? ''}
          label={t('documents.versions.name')}
          onName={async (name) => {
            await nameRevision(documentId, revision.number, name);
            await queries.invalidateQueries({ queryKey: keys.revisions(documentId) });
            return true;
          }}
        />
      )}
      <SegmentedControl
        fullWidth
        size="xs"
        value={view}
        data={[
          { value: 'changes', label: t('documents.versions.changes') },
          { value: 'text', label: t('documents.versions.text') },
        ]}
        onChange={(value) => setView(value as typeof view)}
        aria-label={t('documents.versions.view')}
      />
      {view === 'changes' ? (
        <Comparison documentId={documentId} revision={revision} />
      ) : (
        <WholeText documentId={documentId} revision={revision} />
      )}
    </div>
  );
}

/** Every version of the draft: who, when, what differs from now, and the way back to it. */
export function VersionsPanel() {
  const desk = useDesk();
  const documentId = desk.document.id;
  const queries = useQueryClient();
  const list = useInfiniteQuery(revisionList(documentId));
  const [chosen, setChosen] = useState<number | null>(null);
  if (list.isPending) return <TextSkeleton lines={6} />;
  if (!list.data) return <ErrorNotice error={list.error} retry={() => void list.refetch()} />;
  const revisions = list.data.pages.flatMap((page) => page.items);
  const revision = revisions.find(({ number }) => number === chosen);
  if (revision) return <Detail revision={revision} onBack={() => setChosen(null)} />;
  if (revisions.length === 0) {
    return (
      <EmptyState icon={<IconHistory />} title={t('documents.versions.empty')}>
        {t('documents.versions.emptyText')}
      </EmptyState>
    );
  }
  return (
    <div className={classes.versions}>
      {mayWrite(desk.document) && (
        <NameForm
          keep={`version.${documentId}.now`}
          initial=""
          label={t('documents.versions.nameCurrent')}
          onName={async (name) => {
            if (!(await desk.flush())) return false;
            await nameDraft(documentId, name);
            await queries.invalidateQueries({ queryKey: keys.revisions(documentId) });
            notifyDone(t('documents.versions.named', { name }));
            return true;
          }}
        />
      )}
      <ol className={classes.revisions} reversed>
        {revisions.map((each, index) => {
          const before = revisions[index + 1];
          const change = before ? each.words - before.words : null;
          return (
            <li key={each.number}>
              <UnstyledButton className={classes.revision} onClick={() => setChosen(each.number)}>
                <span className={classes.revisionTop}>
                  <Text span fw={each.name ? 600 : 400} truncate>
                    {nameOf(each)}
                  </Text>
                  <Text span fz="xs" c="dimmed" className={classes.number}>
                    {change !== null && change !== 0
                      ? t(change > 0 ? 'documents.versions.longer' : 'documents.versions.shorter', {
                          count: Math.abs(change),
                        })
                      : t('documents.draft.words', { count: each.words })}
                  </Text>
                </span>
                <Text span fz="xs" c="dimmed">
                  <Time at={each.createdAt} />
                  {each.authorName && ` · ${each.authorName}`}
                  {each.name && ` · ${t(`documents.versions.cause.${each.cause}`)}`}
                </Text>
              </UnstyledButton>
            </li>
          );
        })}
      </ol>
      {list.hasNextPage && (
        <Button
          variant="default"
          size="xs"
          loading={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          {t('documents.versions.older')}
        </Button>
      )}
    </div>
  );
}
