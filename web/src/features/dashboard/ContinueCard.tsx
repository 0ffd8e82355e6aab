import type { Document } from '../../api/types';
import { t } from '../../app/i18n';
import { LinkBlock } from '../../app/links';
import { Time } from '../../app/Time';
import { StatusPill } from '../documents/StatusPill';
import classes from './dashboard.module.css';

/** A document to go on with, and its state. */
export function ContinueCard({ document }: { document: Document }) {
  const words = document.draftWords ?? document.sourceWords;
  return (
    <LinkBlock to="/documents/$documentId" params={{ documentId: document.id }} className={classes.card}>
      <span className={classes.cardTitle}>{document.title}</span>
      <StatusPill document={document} />
      <span className={classes.cardFoot}>
        <Time at={document.updatedAt} />
        {words !== null && <span>{t('dashboard.words', { count: words })}</span>}
      </span>
    </LinkBlock>
  );
}
