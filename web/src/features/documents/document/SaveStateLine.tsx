import { Button, Tooltip } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCloudOff,
  IconLoader2,
  IconPencil,
  type TablerIcon,
} from '@tabler/icons-react';
import { explainInOneLine } from '../../../app/explain';
import { formatExact } from '../../../app/format';
import { t } from '../../../app/i18n';
import type { Autosave, SaveState } from '../editor/autosave';
import classes from './document.module.css';
import { useSaveState } from './useDraftSaving';

function look(state: SaveState): { icon: TablerIcon; text: string; more: string; tone?: 'warn' | 'danger' } {
  switch (state.kind) {
    case 'saved':
      return {
        icon: IconCircleCheck,
        text: t('documents.save.saved'),
        more: state.at
          ? t('documents.save.savedAt', { when: formatExact(state.at) })
          : t('documents.save.saved'),
      };
    case 'waiting':
      return { icon: IconPencil, text: t('documents.save.saving'), more: t('documents.save.savingMore') };
    case 'saving':
      return { icon: IconLoader2, text: t('documents.save.saving'), more: t('documents.save.savingMore') };
    case 'offline':
      return {
        icon: IconCloudOff,
        text: t(state.trouble === 'network' ? 'documents.save.offline' : 'documents.save.trouble'),
        more: t(`documents.save.more.${state.trouble}`),
        tone: 'warn',
      };
    case 'changedElsewhere':
      return {
        icon: IconAlertTriangle,
        text: t('documents.save.changedElsewhere'),
        more: t('documents.conflict.title'),
        tone: 'warn',
      };
    case 'refused':
      return {
        icon: IconAlertTriangle,
        text: t('documents.save.refused'),
        more: explainInOneLine(state.error),
        tone: 'danger',
      };
  }
}

/** Where the words are: with the server, on their way, or only in this browser. */
export function SaveStateLine({ autosave }: { autosave: Autosave }) {
  const state = useSaveState(autosave);
  const { icon: Icon, text, more, tone } = look(state);
  const mayRetry = state.kind === 'offline' || state.kind === 'refused';
  return (
    <div className={classes.save} data-tone={tone}>
      <Tooltip label={more} multiline maw={320}>
        <span className={classes.saveState} role="status">
          <Icon
            size={16}
            aria-hidden="true"
            className={state.kind === 'saving' ? classes.turning : undefined}
          />
          <span className={classes.saveText}>{text}</span>
          {tone && <span className="visually-hidden">{more}</span>}
        </span>
      </Tooltip>
      {mayRetry && (
        <Button size="compact-xs" variant="subtle" onClick={() => autosave.retry()}>
          {t('app.tryAgain')}
        </Button>
      )}
    </div>
  );
}
