import { UnstyledButton } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { WordChange } from '../../api/types';
import { t } from '../../app/i18n';
import { foldUnchanged } from './document/wordChanges';
import classes from './documents.module.css';

/** Words that came and words that went, with long unchanged stretches folded. */
export function WordDiff({ changes, around }: { changes: readonly WordChange[]; around?: number }) {
  const pieces = useMemo(() => foldUnchanged(changes, around), [changes, around]);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  return (
    <div className={classes.diff}>
      {pieces.map((piece, index) => {
        // biome-ignore-start lint/suspicious/noArrayIndexKey: pieces of one comparison keep their places
        switch (piece.op) {
          case 'insert':
            return <ins key={index}>{piece.text}</ins>;
          case 'delete':
            return <del key={index}>{piece.text}</del>;
          case 'fold':
            return open.has(index) ? (
              <span key={index}>{piece.text}</span>
            ) : (
              <UnstyledButton
                key={index}
                className={classes.fold}
                onClick={() => setOpen(new Set([...open, index]))}
              >
                {t('documents.diff.unchanged', { count: piece.words })}
              </UnstyledButton>
            );
          default:
            return <span key={index}>{piece.text}</span>;
        }
        // biome-ignore-end lint/suspicious/noArrayIndexKey: pieces of one comparison keep their places
      })}
    </div>
  );
}
