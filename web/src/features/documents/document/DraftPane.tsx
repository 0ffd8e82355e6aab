import { Button, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import type { Document } from '../../../api/types';
import { EmptyState } from '../../../app/EmptyState';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { t } from '../../../app/i18n';
import { notifyFailure } from '../../../app/notify';
import { TextSkeleton } from '../../../app/Skeletons';
import { DraftForm } from '../ai/DraftForm';
import { RunEnded } from '../ai/RunProgress';
import { DraftEditor } from '../editor/DraftEditor';
import editorClasses from '../editor/editor.module.css';
import { failureText } from '../failure';
import { mayWrite } from '../sharing/roles';
import { SourceState } from '../source/SourceState';
import type { Desk } from './desk';
import classes from './document.module.css';

// Markdown is drawn only while a draft streams in.
const StreamSheet = lazy(() =>
  import('../editor/StreamSheet').then((module) => ({ default: module.StreamSheet })),
);
const StreamedText = lazy(() =>
  import('../editor/StreamSheet').then((module) => ({ default: module.StreamedText })),
);

function Sheet() {
  return (
    <div className={editorClasses.scroller}>
      <div className={editorClasses.sheet}>
        <TextSkeleton lines={8} />
      </div>
    </div>
  );
}

/** Whether the file gave no text, so that there is nothing to show or to draft from. */
export function isUnreadable({ status, failure }: Document): boolean {
  return status === 'failed' && failure?.step === 'extract';
}

/** Before the first draft: choose a template, and one button to the draft. */
function FirstDraft({ desk, alone, onRetry }: { desk: Desk; alone: boolean; onRetry: () => void }) {
  const { document, ended } = desk;
  const blank = useMutation({ mutationFn: desk.startBlank, onError: notifyFailure });
  return (
    <section className={editorClasses.pane} aria-label={t('documents.draft.title')}>
      <div className={editorClasses.scroller}>
        <div className={isUnreadable(document) ? classes.unreadable : classes.first}>
          {isUnreadable(document) ? (
            <SourceState document={document} onRetry={onRetry} />
          ) : (
            <>
              <div>
                <Title order={2}>{t('documents.draft.first')}</Title>
                <Text c="dimmed" mt={4}>
                  {t('documents.draft.firstText')}
                </Text>
              </div>
              {alone && document.processing && <SourceState document={document} onRetry={onRetry} />}
              {ended && <RunEnded ended={ended} />}
              {!ended && document.failure?.step === 'draft' && (
                <div className={classes.lost} role="alert">
                  <Text fw={600}>{t('documents.run.draftFailed')}</Text>
                  <Text>{failureText(document.failure)}</Text>
                </div>
              )}
              <DraftForm />
              <Button
                variant="subtle"
                color="gray"
                disabled={desk.active !== null}
                loading={blank.isPending}
                onClick={() => blank.mutate()}
              >
                {t('documents.draft.byHand')}
              </Button>
              {ended && ended.run.text !== '' && (
                <details className={classes.partial}>
                  <summary>{t('documents.run.partial')}</summary>
                  <Suspense fallback={<TextSkeleton lines={4} />}>
                    <StreamedText text={ended.run.text} cursor={false} />
                  </Suspense>
                </details>
              )}
            </>
          )}
        </div>
      </div>
    </section>
  );
}

/** The right side: the editor, the draft being written, or the way to a first one. */
export function DraftPane(props: {
  desk: Desk;
  error: unknown;
  pending: boolean;
  /** The source with its progress is not shown beside it. */
  alone: boolean;
  onReload: () => void;
  onRetry: () => void;
  onRefine: () => void;
}) {
  const { desk } = props;
  if (desk.active?.feature === 'draft') {
    return (
      <Suspense fallback={<Sheet />}>
        <StreamSheet active={desk.active} />
      </Suspense>
    );
  }
  if (desk.draft && desk.saving) {
    return (
      <DraftEditor key={desk.document.id} draft={desk.draft} saving={desk.saving} onRefine={props.onRefine} />
    );
  }
  if (props.error) {
    return (
      <div className={classes.first}>
        <ErrorNotice error={props.error} retry={props.onReload} />
      </div>
    );
  }
  if (props.pending || desk.draft) {
    return <Sheet />;
  }
  if (!mayWrite(desk.document)) {
    return (
      <div className={classes.first}>
        <EmptyState title={t('documents.share.noDraft')}>{t('documents.share.noDraftText')}</EmptyState>
      </div>
    );
  }
  return <FirstDraft desk={desk} alone={props.alone} onRetry={props.onRetry} />;
}
