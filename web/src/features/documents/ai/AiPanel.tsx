import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { t } from '../../../app/i18n';
import { useDesk } from '../document/desk';
import classes from './ai.module.css';
import { DraftForm } from './DraftForm';
import { RefineForm } from './RefineForm';
import { RunHistory } from './RunHistory';
import { RunEnded, RunProgress } from './RunProgress';
import { SuggestionCards } from './SuggestionCards';

const TABS = ['refine', 'draft', 'runs'] as const;

/** The desk beside the draft: refine it, draft it anew, look at what was done. */
export function AiPanel() {
  const desk = useDesk();
  const [chosen, setChosen] = useState<(typeof TABS)[number] | null>(null);
  // Until the person chooses: what fits, also when the draft arrives after the panel has opened.
  const tab = chosen ?? (desk.draft || desk.refinement ? 'refine' : 'draft');
  const hasSource = desk.document.originalName !== null;
  const tabs = TABS.filter((known) => known !== 'draft' || hasSource);
  return (
    <div className={classes.panel}>
      <SegmentedControl
        fullWidth
        size="xs"
        value={tab}
        data={tabs.map((value) => ({ value, label: t(`documents.ai.${value}`) }))}
        onChange={(value) => setChosen(value as typeof tab)}
        aria-label={t('documents.ai.title')}
      />
      {desk.active && <RunProgress active={desk.active} />}
      {desk.ended && <RunEnded ended={desk.ended} />}
      {tab === 'refine' && (
        <>
          <SuggestionCards />
          <RefineForm />
        </>
      )}
      {tab === 'draft' && <DraftForm />}
      {tab === 'runs' && <RunHistory />}
    </div>
  );
}
