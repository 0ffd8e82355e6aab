import { Button, Group, Modal, Text } from '@mantine/core';
import { IconArrowsSplit2 } from '@tabler/icons-react';
import type { Editor } from '@tiptap/react';
import { useState } from 'react';
import type { Draft } from '../../../api/types';
import { formatMoment } from '../../../app/format';
import { t } from '../../../app/i18n';
import { useDesk } from '../document/desk';
import classes from './editor.module.css';
import { showTree } from './replace';
import { documentTree, treeText } from './tree';

function Both({ mine, theirs, onClose }: { mine: string; theirs: string; onClose: () => void }) {
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={t('documents.conflict.both')}
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      <div className={classes.both}>
        <section aria-label={t('documents.conflict.mine')}>
          <Text fw={600}>{t('documents.conflict.mine')}</Text>
          <div className={classes.bothText}>{mine}</div>
        </section>
        <section aria-label={t('documents.conflict.theirs')}>
          <Text fw={600}>{t('documents.conflict.theirs')}</Text>
          <div className={classes.bothText}>{theirs}</div>
        </section>
      </div>
    </Modal>
  );
}

/** The draft was saved elsewhere while words here are unsaved: both are shown, and one is chosen. */
export function ConflictBanner({ editor, theirs }: { editor: Editor; theirs: Draft }) {
  const desk = useDesk();
  const [looking, setLooking] = useState(false);
  const [busy, setBusy] = useState(false);
  const autosave = desk.saving?.autosave;
  if (!autosave) return null;

  return (
    <div role="alert" className={classes.conflict}>
      <IconArrowsSplit2 size={20} aria-hidden="true" />
      <div className={classes.conflictText}>
        <Text fw={600}>{t('documents.conflict.title')}</Text>
        <Text>
          {theirs.updatedBy
            ? t('documents.conflict.textBy', { name: theirs.updatedBy, when: formatMoment(theirs.updatedAt) })
            : t('documents.conflict.text', { when: formatMoment(theirs.updatedAt) })}
        </Text>
        <Group gap="xs" mt="xs">
          <Button
            size="xs"
            loading={busy}
            onClick={() => {
              setBusy(true);
              void autosave.saveMine().finally(() => setBusy(false));
            }}
          >
            {t('documents.conflict.saveMine')}
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={busy}
            onClick={() => {
              const draft = autosave.takeTheirs();
              // Undo in the editor brings the other words back.
              if (draft) showTree(editor, draft.tree);
            }}
          >
            {t('documents.conflict.takeTheirs')}
          </Button>
          <Button size="xs" variant="subtle" onClick={() => setLooking(true)}>
            {t('documents.conflict.look')}
          </Button>
        </Group>
      </div>
      {looking && (
        <Both
          mine={treeText(documentTree(editor.getJSON()))}
          theirs={treeText(theirs.tree)}
          onClose={() => setLooking(false)}
        />
      )}
    </div>
  );
}
