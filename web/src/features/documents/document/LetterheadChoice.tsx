import { Menu, Text } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { Document, Id } from '../../../api/types';
import { t } from '../../../app/i18n';
import { templateChoices } from '../api';
import classes from './document.module.css';
import { isPrinted, type Letterheads, letterheadsFor } from './letterheads';

const OWN = 'own';

export interface LetterheadChosen extends Letterheads {
  /** The template whose letterhead was chosen; null for the document's own. */
  chosen: Id | null;
  choose: (template: Id | null) => void;
}

/** Which letterhead exports of this document carry, remembered in this browser. */
export function useLetterhead(document: Document, asked: boolean): LetterheadChosen {
  const templates = useQuery({ ...templateChoices, enabled: asked });
  const [kept, setKept, forget] = useLocalStorage<string>({
    key: `carrel.letterhead.${document.id}`,
    defaultValue: OWN,
    getInitialValueInEffect: false,
  });
  const letterheads = letterheadsFor(document, templates.data?.items ?? []);
  // A template that is gone, or has lost its letterhead, is chosen no more.
  const isGone = templates.isSuccess && letterheads.others.every(({ id }) => id !== kept);
  return {
    ...letterheads,
    chosen: kept === OWN || isGone ? null : kept,
    choose: (template) => (template === null ? forget() : setKept(template)),
  };
}

function ownName(document: Document, { own }: Letterheads): string {
  if (own) return own.name;
  return t(document.templateId === null ? 'documents.export.noLetterhead' : 'documents.export.ownTemplate');
}

function ownNote({ own }: Letterheads): string | null {
  if (!own) return null;
  return t(isPrinted(own.letterhead) ? 'documents.export.ownTemplate' : 'documents.export.noLetterhead');
}

/** The letterheads to choose from; nothing while there is only one. */
export function LetterheadItems({
  document,
  letterhead,
}: {
  document: Document;
  letterhead: LetterheadChosen;
}) {
  const { others, chosen, choose } = letterhead;
  if (others.length === 0) return null;
  const items = [
    { value: OWN, name: ownName(document, letterhead), note: ownNote(letterhead) },
    ...others.map(({ id, name }) => ({ value: id, name, note: null })),
  ];
  return (
    <>
      <Menu.Divider />
      <Menu.Label id="letterheads">{t('documents.export.letterhead')}</Menu.Label>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is not allowed among the items of a menu */}
      <div role="group" aria-labelledby="letterheads" className={classes.letterheads}>
        <Menu.RadioGroup value={chosen ?? OWN} onChange={(value) => choose(value === OWN ? null : value)}>
          {items.map(({ value, name, note }) => (
            <Menu.RadioItem key={value} value={value} closeMenuOnClick={false}>
              <Text span display="block" truncate>
                {name}
              </Text>
              {note && (
                <Text span display="block" fz="xs" c="dimmed">
                  {note}
                </Text>
              )}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </div>
    </>
  );
}
