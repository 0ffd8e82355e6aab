import type { GenerationProgress } from '../../../api/types';
import { t } from '../../../app/i18n';

/** What a run does right now, in words. */
export function progressText(progress: GenerationProgress | null): string {
  if (!progress) return t('documents.run.starting');
  if (progress.step === 'chunk') {
    return t('documents.run.chunk', {
      done: Math.min(progress.done + 1, progress.total),
      total: progress.total,
    });
  }
  return t(`documents.run.${progress.step}`);
}
