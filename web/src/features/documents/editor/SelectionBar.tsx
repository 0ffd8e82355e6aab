import { Button, Menu } from '@mantine/core';
import { IconArrowsMinimize, IconLanguage, IconSparkles, IconTie } from '@tabler/icons-react';
import type { Editor } from '@tiptap/react';
import { BubbleMenu } from '@tiptap/react/menus';
import { useState } from 'react';
import { t } from '../../../app/i18n';
import { notifyFailure } from '../../../app/notify';
import { quickPrompt, TRANSLATIONS, translatePrompt } from '../ai/wishes';
import { useDesk } from '../document/desk';
import classes from './editor.module.css';

/** The small bar over selected text: refine it, shorten it, make it formal, translate it. */
export function SelectionBar({ editor, onRefine }: { editor: Editor; onRefine: () => void }) {
  const desk = useDesk();
  const [menuOpen, setMenuOpen] = useState(false);
  const ask = (prompt: string) => {
    onRefine();
    void desk.startRefine({ prompt, onlySelection: true }).catch(notifyFailure);
  };
  const tool = {
    variant: 'subtle',
    color: 'gray',
    size: 'compact-sm',
    disabled: desk.active !== null,
  } as const;
  return (
    <BubbleMenu
      editor={editor}
      className={classes.bubble}
      updateDelay={200}
      options={{ placement: 'top', offset: 8, flip: true, shift: { padding: 8 } }}
      shouldShow={({ editor: open, from, to }) =>
        (open.isEditable && open.state.doc.textBetween(from, to, ' ').trim().length > 1 && open.isFocused) ||
        menuOpen
      }
      role="toolbar"
      aria-label={t('documents.selection.title')}
      // The selection must not be lost to the bar that works on it.
      onMouseDown={(event) => event.preventDefault()}
    >
      <Button {...tool} leftSection={<IconSparkles size={16} />} onClick={onRefine}>
        {t('documents.selection.refine')}
      </Button>
      <Button
        {...tool}
        leftSection={<IconArrowsMinimize size={16} />}
        onClick={() => ask(quickPrompt('shorten'))}
      >
        {t('documents.quick.shorten')}
      </Button>
      <Button {...tool} leftSection={<IconTie size={16} />} onClick={() => ask(quickPrompt('formal'))}>
        {t('documents.quick.formal')}
      </Button>
      <Menu
        position="bottom-start"
        opened={menuOpen}
        onChange={setMenuOpen}
        trapFocus={false}
        returnFocus={false}
      >
        <Menu.Target>
          <Button {...tool} leftSection={<IconLanguage size={16} />}>
            {t('documents.selection.translate')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown className={classes.languages} onMouseDown={(event) => event.preventDefault()}>
          {TRANSLATIONS.map((language) => (
            <Menu.Item key={language} onClick={() => ask(translatePrompt(language))}>
              {language}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </BubbleMenu>
  );
}
