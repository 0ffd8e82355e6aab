import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Document } from '../../../api/types';
import { t } from '../../../app/i18n';
import { notifyFailure } from '../../../app/notify';
import { useTitle } from '../../../app/useTitle';
import { keys, renameDocument } from '../api';
import { mayWrite } from '../sharing/roles';
import classes from './document.module.css';

/** The title, edited where it stands. Enter or leaving keeps it, Escape gives it up. */
export function TitleField({ document }: { document: Document }) {
  const queries = useQueryClient();
  const [typed, setTyped] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const title = typed ?? document.title;
  useTitle(document.title);

  const show = (next: string) =>
    queries.setQueryData(keys.one(document.id), (known?: Document) => known && { ...known, title: next });

  const keep = async () => {
    if (typed === null) return;
    const next = typed.trim().replace(/\s+/g, ' ');
    if (next === '' || next === document.title) return setTyped(null);
    show(next);
    try {
      queries.setQueryData(keys.one(document.id), await renameDocument(document.id, next));
      // What was typed since then is a title of its own.
      setTyped((now) => (now === typed ? null : now));
      void queries.invalidateQueries({ queryKey: keys.lists });
    } catch (error) {
      // The typed title stays in the field; the old one stays true.
      show(document.title);
      notifyFailure(error);
    }
  };

  const latest = useRef(keep);
  useEffect(() => {
    latest.current = keep;
  });
  useEffect(() => {
    // Who leaves the page from within the field meant what stands in it.
    const leave = () => void latest.current();
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      leave();
    };
  }, []);

  return (
    <div className={classes.title}>
      <h1 className="visually-hidden">{document.title}</h1>
      {/* The width of the field follows its text. */}
      <span className={classes.titleMirror} aria-hidden="true">
        {title || ' '}
      </span>
      <input
        ref={field}
        className={classes.titleInput}
        aria-label={t('documents.document.title')}
        value={title}
        readOnly={!mayWrite(document)}
        maxLength={300}
        autoComplete="off"
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => void keep()}
        onKeyDown={(event) => {
          if (event.key === 'Enter') field.current?.blur();
          if (event.key === 'Escape') {
            setTyped(null);
            // After the old title is back in the field there is nothing to keep.
            requestAnimationFrame(() => field.current?.blur());
          }
        }}
      />
    </div>
  );
}
