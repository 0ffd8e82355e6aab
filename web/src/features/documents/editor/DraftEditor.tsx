import { Text } from '@mantine/core';
import { type Editor, EditorContent, type JSONContent, useEditor } from '@tiptap/react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { DocumentTree, Draft } from '../../../api/types';
import { t } from '../../../app/i18n';
import { notifyFailure } from '../../../app/notify';
import { useDesk } from '../document/desk';
import { type DraftSaving, useSaveState } from '../document/useDraftSaving';
import { mayWrite } from '../sharing/roles';
import { ConflictBanner } from './ConflictBanner';
import classes from './editor.module.css';
import { draftExtensions } from './extensions';
import { LinkDialog } from './LinkDialog';
import { OutlineRuler } from './OutlineRuler';
import { insertPictures, pictureFiles, storePastedPictures } from './pictures';
import prose from './prose.module.css';
import { FROM_SERVER } from './replace';
import { SelectionBar } from './SelectionBar';
import { placeHunks, suggestionsKey } from './suggestions';
import { Toolbar } from './Toolbar';
import { documentTree, isSameTree } from './tree';

/** Words that were typed earlier and never reached the server go back into the editor. */
function useKeptWords(
  editor: Editor | null,
  draft: Draft,
  { autosave, kept }: DraftSaving,
  words: DocumentTree | null,
) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each editor that is opened
  useEffect(() => {
    if (!editor || !words) return;
    const keptVersion = kept.get()?.version;
    const read = () => documentTree(editor.getJSON());
    if (keptVersion === draft.version) autosave.typed(read);
    else autosave.conflict(draft, read);
  }, [editor]);
}

/** The draft on its sheet. */
export function DraftEditor(props: { draft: Draft; saving: DraftSaving; onRefine: () => void }) {
  const { draft, saving, onRefine } = props;
  const { autosave, kept } = saving;
  const desk = useDesk();
  const { setEditor, refinement, hunk, setHunk } = desk;
  const writes = mayWrite(desk.document);
  const scroller = useRef<HTMLDivElement>(null);
  const [linking, setLinking] = useState(false);
  const save = useSaveState(autosave);
  const opened = useRef<Editor | null>(null);
  const storing = useRef(new Set<string>());
  const insert = (files: File[], at?: number) => {
    if (opened.current) void insertPictures(opened.current, files, at).catch(notifyFailure);
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: what the editor opens with; later drafts are shown by adopting them
  const words = useMemo(() => {
    const found = writes ? kept.get() : null;
    return found && !isSameTree(found.tree, draft.tree) ? found.tree : null;
  }, []);

  const editor = useEditor({
    extensions: useMemo(() => draftExtensions({ placeholder: t('documents.draft.placeholder') }), []),
    editable: writes,
    content: (words ?? draft.tree) as JSONContent,
    // The few base styles live in the style sheet: the policy of the server allows no others.
    injectCSS: false,
    editorProps: {
      attributes: {
        class: prose.prose ?? '',
        role: 'textbox',
        'aria-multiline': 'true',
        // Who only reads must reach the text by keyboard, too.
        tabindex: '0',
        'aria-readonly': String(!writes),
        'aria-label': t('documents.draft.title'),
        spellcheck: 'true',
      },
      handlePaste: (_view, event) => {
        const files = pictureFiles(event.clipboardData);
        // Office programs put a picture of copied text beside the text itself.
        if (files.length === 0 || event.clipboardData?.types.includes('text/html')) return false;
        insert(files);
        return true;
      },
      handleDrop: (view, event, _slice, moved) => {
        const files = moved ? [] : pictureFiles(event.dataTransfer);
        if (files.length === 0) return false;
        const at = view.posAtCoords({ left: event.clientX, top: event.clientY })?.pos;
        event.preventDefault();
        insert(files, at);
        return true;
      },
      handleKeyDown: (_view, event) => {
        if ((event.ctrlKey || event.metaKey) && event.key === 'k') {
          event.stopPropagation();
          setLinking(true);
          return true;
        }
        return false;
      },
      handleClickOn: (_view, _pos, _node, _nodePos, event) => {
        const marked = (event.target as HTMLElement).closest<HTMLElement>('[data-hunk]')?.dataset.hunk;
        if (marked !== undefined) setHunk(Number(marked));
        return false;
      },
    },
    onUpdate: ({ editor: open, transaction }) => {
      if (transaction.getMeta(FROM_SERVER)) return;
      autosave.typed(() => documentTree(open.getJSON()));
      if (transaction.getMeta('paste') || transaction.getMeta('uiEvent')) {
        void storePastedPictures(open, storing.current).catch(notifyFailure);
      }
    },
  });
  opened.current = editor;

  useKeptWords(editor, draft, saving, words);

  // The role may change while the page is open.
  useEffect(() => {
    if (editor && !editor.isDestroyed && editor.isEditable !== writes) editor.setEditable(writes, false);
  }, [editor, writes]);

  useEffect(() => {
    setEditor(editor);
    return () => setEditor(null);
  }, [editor, setEditor]);

  useEffect(() => {
    if (!editor || editor.isDestroyed) return;
    const placed = refinement ? placeHunks(editor.state.doc, refinement.hunks) : [];
    editor.view.dispatch(
      editor.state.tr.setMeta(suggestionsKey, { placed, current: hunk }).setMeta('addToHistory', false),
    );
  }, [editor, refinement, hunk]);

  if (!editor) return null;
  return (
    <section className={classes.pane} aria-label={t('documents.draft.title')}>
      {writes && (
        <Toolbar editor={editor} onImage={(file) => insert([file])} onLink={() => setLinking(true)} />
      )}
      {save.kind === 'changedElsewhere' && <ConflictBanner editor={editor} theirs={save.theirs} />}
      <div className={classes.stage}>
        <div ref={scroller} className={classes.scroller}>
          <div className={classes.sheet}>
            <EditorContent editor={editor} />
          </div>
          <Text className={classes.words} fz="xs" c="dimmed">
            <WordCount editor={editor} />
          </Text>
        </div>
        <OutlineRuler editor={editor} scroller={scroller} />
      </div>
      {writes && <SelectionBar editor={editor} onRefine={onRefine} />}
      {linking && <LinkDialog editor={editor} onClose={() => setLinking(false)} />}
    </section>
  );
}

function WordCount({ editor }: { editor: Editor }) {
  const [words, setWords] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const count = () => {
      timer = undefined;
      const text = editor.state.doc.textBetween(0, editor.state.doc.content.size, ' ', ' ').trim();
      setWords(text === '' ? 0 : text.split(/\s+/).length);
    };
    const later = () => {
      timer ??= setTimeout(count, 500);
    };
    count();
    editor.on('update', later);
    return () => {
      clearTimeout(timer);
      editor.off('update', later);
    };
  }, [editor]);
  return t('documents.draft.words', { count: words });
}
