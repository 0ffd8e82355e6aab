import { Button, Group, Text } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import type { Hunk } from '../../../api/types';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { t } from '../../../app/i18n';
import { useDesk } from '../document/desk';
import { WordDiff } from '../WordDiff';
import classes from './ai.module.css';

function Card(props: { hunk: Hunk; number: number; busy: boolean; onDecide: (accept: boolean) => void }) {
  const { hunk, number, busy } = props;
  const desk = useDesk();
  const formatting = hunk.words.every((word) => word.op === 'equal');
  return (
    <li
      className={classes.card}
      data-current={desk.hunk === hunk.id || undefined}
      data-card={hunk.id}
      onMouseEnter={() => desk.setHunk(hunk.id)}
      onFocus={() => desk.setHunk(hunk.id)}
    >
      <div className={classes.cardText}>
        <WordDiff changes={hunk.words} around={12} />
        {formatting && (
          <Text fz="xs" c="dimmed" mt={4}>
            {t('documents.refine.formattingOnly')}
          </Text>
        )}
      </div>
      <Group gap="xs" justify="flex-end" className={classes.cardActions}>
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          leftSection={<IconX size={14} />}
          disabled={busy}
          aria-label={t('documents.refine.rejectOne', { number })}
          onClick={() => props.onDecide(false)}
        >
          {t('documents.refine.reject')}
        </Button>
        <Button
          size="compact-sm"
          variant="light"
          leftSection={<IconCheck size={14} />}
          disabled={busy}
          aria-label={t('documents.refine.acceptOne', { number })}
          onClick={() => props.onDecide(true)}
        >
          {t('documents.refine.accept')}
        </Button>
      </Group>
    </li>
  );
}

/** What the model proposes, one card for each place it would change. */
export function SuggestionCards() {
  const desk = useDesk();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const { refinement } = desk;
  if (!refinement) return null;
  const open = refinement.hunks.filter((hunk) => hunk.state === 'open');

  const decide = async (accept: boolean, hunks?: number[]) => {
    setBusy(true);
    setFailure(null);
    try {
      await desk.decide(accept ? 'accept' : 'reject', hunks);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <section className={classes.suggestions} aria-label={t('documents.refine.suggestions')}>
      <Group justify="space-between" gap="xs">
        <Text fw={600} role="status">
          {t('documents.refine.count', { count: open.length })}
        </Text>
        <Group gap="xs">
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            disabled={busy}
            onClick={() => void decide(false)}
          >
            {t('documents.refine.rejectAll')}
          </Button>
          <Button size="compact-sm" loading={busy} onClick={() => void decide(true)}>
            {t('documents.refine.acceptAll')}
          </Button>
        </Group>
      </Group>
      <Text fz="xs" c="dimmed" lineClamp={3}>
        {refinement.prompt}
      </Text>
      {failure !== null && <ErrorNotice error={failure} compact />}
      <ul className={classes.cards}>
        {open.map((hunk, index) => (
          <Card
            key={hunk.id}
            hunk={hunk}
            number={index + 1}
            busy={busy}
            onDecide={(accept) => void decide(accept, [hunk.id])}
          />
        ))}
      </ul>
    </section>
  );
}
