import { Badge, Progress, Text } from '@mantine/core';
import type { Document, Processing } from '../../api/types';
import { messageOrNull, t } from '../../app/i18n';
import classes from './documents.module.css';

/** What is being done to a document right now, in words. */
export function processingText({ step, done, total }: Processing): string {
  if (total !== null && total > 1) {
    // `done` counts what is behind us; people ask which one it is at.
    const at = Math.min(done + 1, total);
    if (step === 'extracting' || step === 'recognising') {
      return t(`documents.processing.${step}Pages`, { done: at, total });
    }
    if (step === 'drafting' || step === 'chunking') {
      return t(`documents.processing.${step}Parts`, { done: at, total });
    }
  }
  return messageOrNull(`documents.processing.${step}`) ?? t('documents.processing.working');
}

/** The state of a document; while the server works on it, with its progress. */
export function StatusPill({ document }: { document: Document }) {
  const { processing, status } = document;
  if (processing || document.activeGenerationId) {
    const text = processing ? processingText(processing) : t('documents.processing.drafting');
    const known = processing !== null && processing.total !== null && processing.total > 0;
    return (
      <span className={classes.working}>
        <Text span fz="xs">
          {text}
        </Text>
        <Progress
          size={3}
          value={known ? (100 * processing.done) / (processing.total ?? 1) : 100}
          animated={!known}
          striped={!known}
          aria-label={text}
        />
      </span>
    );
  }
  if (status === 'failed') return <Badge color="red">{t('documents.status.failed')}</Badge>;
  if (document.ocr === 'needed') return <Badge color="amber">{t('documents.status.needsOcr')}</Badge>;
  if (status === 'draft_generated' || status === 'exported') {
    return <Badge color="green">{t(`documents.status.${status}`)}</Badge>;
  }
  return <Badge color="gray">{t(`documents.status.${status}`)}</Badge>;
}
