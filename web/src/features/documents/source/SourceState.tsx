import { Button, Progress, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Document } from '../../../api/types';
import { t } from '../../../app/i18n';
import { statusQuery } from '../../../app/session';
import { failureText } from '../failure';
import { processingText } from '../StatusPill';
import { mayWrite } from '../sharing/roles';
import classes from './source.module.css';

/** After this many milliseconds people should know that they need not stay. */
const LONG = 10_000;

/** What stands between the file and its text: being read, needs OCR, could not be read. */
export function SourceState({ document, onRetry }: { document: Document; onRetry: () => void }) {
  const { processing, failure, status } = document;
  const reading = processing !== null && processing.step !== 'drafting' && processing.step !== 'exporting';
  const server = useQuery({ ...statusQuery, enabled: document.ocr === 'needed' });
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    if (!reading) return setLong(false);
    const timer = setTimeout(() => setLong(true), LONG);
    return () => clearTimeout(timer);
  }, [reading]);

  if (reading) {
    const known = processing.total !== null && processing.total > 0;
    return (
      <div className={classes.state} role="status">
        <Text fw={600}>{processingText(processing)}</Text>
        <Progress
          size="sm"
          value={known ? (100 * processing.done) / (processing.total ?? 1) : 100}
          animated={!known}
          striped={!known}
          aria-label={t('documents.source.progress')}
        />
        {isLong && <Text c="dimmed">{t('documents.source.takesLong')}</Text>}
      </div>
    );
  }
  if (status === 'failed' && failure?.step === 'extract') {
    return (
      <div className={classes.state} data-tone="danger" role="alert">
        <Text fw={600}>{t('documents.source.failed')}</Text>
        <Text>{failureText(failure)}</Text>
        {failure.retryable && mayWrite(document) ? (
          <Button size="xs" variant="default" onClick={onRetry} className={classes.stateAction}>
            {t('app.tryAgain')}
          </Button>
        ) : (
          <Text c="dimmed">{t('documents.source.failedTodo')}</Text>
        )}
      </div>
    );
  }
  if (document.ocr === 'needed') {
    return (
      <div className={classes.state} data-tone="warn">
        <Text fw={600}>{t('documents.source.needsOcr')}</Text>
        <Text c="dimmed">
          {t(
            server.data?.ocrAvailable ? 'documents.source.ocrNowAvailable' : 'documents.source.needsOcrTodo',
          )}
        </Text>
      </div>
    );
  }
  return null;
}
