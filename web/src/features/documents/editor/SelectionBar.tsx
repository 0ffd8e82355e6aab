import { Button, Menu } from '@mantine/core';
import { IconArrowsMinimize, IconLanguage, IconSparkles, IconTie } from '@tabler/icons-react';
import type { Editor } from '@tiptap/react';
import { BubbleMenu } from '@tiptap/react/menus';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { t } from '../../../app/i18n';
import { notifyFailure } from '../../../app/notify';
import { quickPrompt, TRANSLATIONS, translatePrompt } from '../ai/wishes';
import { useDesk } from '../document/desk';
import classes from './editor.module.css';

const KEY = 'selectionBar';

const spanOf = ({ from, to }: { from: number; to: number }) => `${from}-${to}`;

/** The small bar over selected text: refine it, shorten it, make it formal, translate it. */
export function SelectionBar({ editor, onRefine }: { editor: Editor; onRefine: () => void }) {
  const desk = useDesk();
  const [menuOpen, setMenuOpen] = useState(false);
  // The selection the bar has done its work for: it comes back with the next one.
  const doneFor = useRef('');
  const leave = useCallback(() => {
    doneFor.current = spanOf(editor.state.selection);
    editor.view.dispatch(editor.state.tr.setMeta(KEY, 'hide').setMeta('addToHistory', false));
  }, [editor]);
  const refine = () => {
    leave();
    onRefine();
  };
  const ask = (prompt: string) => {
    refine();
    void desk.startRefine({ prompt, onlySelection: true }).catch(notifyFailure);
  };

  useEffect(() => {
    const page = editor.view.dom;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !editor.state.selection.empty) leave();
    };
    page.addEventListener('keydown', onKey);
    return () => page.removeEventListener('keydown', onKey);
  }, [editor, leave]);

  // It stays within the pane of the draft, clear of the source beside it.
  const options = useMemo(() => {
    const boundary = editor.view.dom.closest('section') ?? undefined;
    return { placement: 'top', offset: 8, flip: true, shift: { padding: 8, boundary } } as const;
  }, [editor]);

  const tool = {
    variant: 'subtle',
    color: 'gray',
    size: 'compact-sm',
    disabled: desk.active !== null,
  } as const;
  return (
    <BubbleMenu
      editor={editor}
      pluginKey={KEY}
      className={classes.bubble}
      updateDelay={200}
      options={options}
      shouldShow={({ editor: open, from, to }) =>
        menuOpen ||
        (open.isEditable &&
          open.isFocused &&
          spanOf({ from, to }) !== doneFor.current &&
          open.state.doc.textBetween(from, to, ' ').trim().length > 1)
      }
      role="toolbar"
      aria-label={t('documents.selection.title')}
      // The selection must not be lost to the bar that works on it.
      onMouseDown={(event) => event.preventDefault()}
    >
      <Button {...tool} leftSection={<IconSparkles size={16} />} onClick={refine}>
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
