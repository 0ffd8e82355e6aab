import { ActionIcon, FileButton, Menu, Select, Tooltip } from '@mantine/core';
import {
  IconAlignCenter,
  IconAlignJustified,
  IconAlignLeft,
  IconAlignRight,
  IconArrowBackUp,
  IconArrowForwardUp,
  IconBold,
  IconCheck,
  IconClearFormatting,
  IconCode,
  IconDots,
  IconItalic,
  IconLineDashed,
  IconLink,
  IconList,
  IconListNumbers,
  IconPageBreak,
  IconPhoto,
  IconPlus,
  IconStrikethrough,
  IconTable,
  IconUnderline,
} from '@tabler/icons-react';
import { type Editor, useEditorState } from '@tiptap/react';
import { type KeyboardEvent, type ReactNode, useRef } from 'react';
import { t } from '../../../app/i18n';
import { keyName } from '../../../app/keyName';
import classes from './editor.module.css';

function Tool(props: {
  label: string;
  shortcut?: string;
  active?: boolean;
  disabled?: boolean;
  onClick: () => void;
  children: ReactNode;
}) {
  const { label, shortcut, active } = props;
  return (
    <Tooltip label={shortcut ? `${label} (${keyName(shortcut)})` : label}>
      <ActionIcon
        className={classes.tool}
        aria-label={label}
        aria-pressed={active}
        data-active={active || undefined}
        disabled={props.disabled}
        // The selection stays in the text while a tool is used with the mouse.
        onMouseDown={(event) => event.preventDefault()}
        onClick={props.onClick}
      >
        {props.children}
      </ActionIcon>
    </Tooltip>
  );
}

const ALIGNMENTS = [
  ['left', IconAlignLeft],
  ['center', IconAlignCenter],
  ['right', IconAlignRight],
  ['justify', IconAlignJustified],
] as const;

type BlockKind = 'paragraph' | 'h1' | 'h2' | 'h3' | 'h4' | 'blockquote' | 'codeBlock';
const KINDS: readonly BlockKind[] = ['paragraph', 'h1', 'h2', 'h3', 'h4', 'blockquote', 'codeBlock'];

function kindOf(editor: Editor): BlockKind {
  if (editor.isActive('codeBlock')) return 'codeBlock';
  if (editor.isActive('blockquote')) return 'blockquote';
  for (const level of [1, 2, 3, 4] as const) if (editor.isActive('heading', { level })) return `h${level}`;
  return 'paragraph';
}

function setKind(editor: Editor, kind: BlockKind): void {
  const chain = editor.chain().focus();
  if (kind === 'blockquote') chain.setParagraph().setBlockquote().run();
  else if (kind === 'codeBlock') chain.setCodeBlock().run();
  else if (kind === 'paragraph') {
    if (editor.isActive('blockquote')) chain.unsetBlockquote().run();
    else chain.setParagraph().run();
  } else chain.setHeading({ level: Number(kind.slice(1)) as 1 | 2 | 3 | 4 }).run();
}

function state(editor: Editor) {
  return {
    kind: kindOf(editor),
    bold: editor.isActive('bold'),
    italic: editor.isActive('italic'),
    underline: editor.isActive('underline'),
    strike: editor.isActive('strike'),
    code: editor.isActive('code'),
    link: editor.isActive('link'),
    bullets: editor.isActive('bulletList'),
    numbers: editor.isActive('orderedList'),
    table: editor.isActive('table'),
    align: ALIGNMENTS.find(([value]) => editor.isActive({ textAlign: value }))?.[0] ?? 'left',
    canUndo: editor.can().undo(),
    canRedo: editor.can().redo(),
  };
}

type Chain = ReturnType<Editor['chain']>;

function TableMenu({ editor }: { editor: Editor }) {
  const run = (act: (chain: Chain) => Chain) => () => act(editor.chain().focus()).run();
  return (
    <Menu position="bottom-start" returnFocus={false}>
      <Menu.Target>
        <Tooltip label={t('documents.tool.tableMenu')}>
          <ActionIcon className={classes.tool} data-active aria-label={t('documents.tool.tableMenu')}>
            <IconTable size={18} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={run((chain) => chain.addRowBefore())}>{t('documents.tool.rowBefore')}</Menu.Item>
        <Menu.Item onClick={run((chain) => chain.addRowAfter())}>{t('documents.tool.rowAfter')}</Menu.Item>
        <Menu.Item onClick={run((chain) => chain.addColumnBefore())}>
          {t('documents.tool.columnBefore')}
        </Menu.Item>
        <Menu.Item onClick={run((chain) => chain.addColumnAfter())}>
          {t('documents.tool.columnAfter')}
        </Menu.Item>
        <Menu.Item onClick={run((chain) => chain.toggleHeaderRow())}>
          {t('documents.tool.headerRow')}
        </Menu.Item>
        <Menu.Item onClick={run((chain) => chain.mergeOrSplit())}>{t('documents.tool.mergeCells')}</Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={run((chain) => chain.deleteRow())}>{t('documents.tool.deleteRow')}</Menu.Item>
        <Menu.Item onClick={run((chain) => chain.deleteColumn())}>
          {t('documents.tool.deleteColumn')}
        </Menu.Item>
        <Menu.Item onClick={run((chain) => chain.deleteTable())}>{t('documents.tool.deleteTable')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function MoreFormats({ editor, strike, code }: { editor: Editor; strike: boolean; code: boolean }) {
  const run = (act: (chain: Chain) => Chain) => () => act(editor.chain().focus()).run();
  return (
    <Menu position="bottom-start" returnFocus={false} width={230}>
      <Menu.Target>
        <Tooltip label={t('documents.tool.more')}>
          <ActionIcon
            className={classes.tool}
            data-active={strike || code || undefined}
            aria-label={t('documents.tool.more')}
          >
            <IconDots size={18} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconStrikethrough size={16} />}
          rightSection={strike ? <IconCheck size={16} /> : null}
          onClick={run((chain) => chain.toggleStrike())}
        >
          {t('documents.tool.strike')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconCode size={16} />}
          rightSection={code ? <IconCheck size={16} /> : null}
          onClick={run((chain) => chain.toggleCode())}
        >
          {t('documents.tool.code')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconClearFormatting size={16} />}
          onClick={run((chain) => chain.unsetAllMarks().clearNodes())}
        >
          {t('documents.tool.clear')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function InsertMenu({ editor, onImage }: { editor: Editor; onImage: (file: File) => void }) {
  const run = (act: (chain: Chain) => Chain) => () => act(editor.chain().focus()).run();
  const openFiles = useRef<HTMLButtonElement>(null);
  return (
    <>
      <FileButton
        accept="image/png,image/jpeg,image/gif,image/webp"
        onChange={(file) => file && onImage(file)}
      >
        {/* The dialog of the browser outlives the menu that opened it. */}
        {(button) => <button {...button} ref={openFiles} type="button" hidden />}
      </FileButton>
      <Menu position="bottom-start" returnFocus={false} width={250}>
        <Menu.Target>
          <Tooltip label={t('documents.tool.insert')}>
            <ActionIcon className={classes.tool} aria-label={t('documents.tool.insert')}>
              <IconPlus size={18} />
            </ActionIcon>
          </Tooltip>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconTable size={16} />}
            onClick={run((chain) => chain.insertTable({ rows: 3, cols: 3, withHeaderRow: true }))}
          >
            {t('documents.tool.table')}
          </Menu.Item>
          <Menu.Item leftSection={<IconPhoto size={16} />} onClick={() => openFiles.current?.click()}>
            {t('documents.tool.image')}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconLineDashed size={16} />}
            onClick={run((chain) => chain.setHorizontalRule())}
          >
            {t('documents.tool.rule')}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconPageBreak size={16} />}
            rightSection={<span className={classes.shortcut}>{keyName('Mod-Enter')}</span>}
            onClick={run((chain) => chain.setPageBreak())}
          >
            {t('documents.tool.pageBreak')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

/** Formatting of the draft. Arrow keys walk through the tools, as in any toolbar. */
export function Toolbar(props: { editor: Editor; onImage: (file: File) => void; onLink: () => void }) {
  const { editor } = props;
  const now = useEditorState({ editor, selector: ({ editor: open }) => state(open) });
  const bar = useRef<HTMLDivElement>(null);
  const chain = () => editor.chain().focus();

  const walk = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || (event.target as HTMLElement).tagName === 'INPUT') return;
    const tools = Array.from(
      bar.current?.querySelectorAll<HTMLElement>('button:not([disabled]), input') ?? [],
    );
    const at = tools.indexOf(event.target as HTMLElement);
    tools[(at + step + tools.length) % tools.length]?.focus();
    event.preventDefault();
  };

  const Align = ALIGNMENTS.find(([value]) => value === now.align)?.[1] ?? IconAlignLeft;
  return (
    <div
      ref={bar}
      role="toolbar"
      tabIndex={-1}
      aria-label={t('documents.tool.toolbar')}
      className={classes.toolbar}
      onKeyDown={walk}
    >
      <Tool
        label={t('documents.tool.undo')}
        shortcut="Mod-z"
        disabled={!now.canUndo}
        onClick={() => chain().undo().run()}
      >
        <IconArrowBackUp size={18} />
      </Tool>
      <Tool
        label={t('documents.tool.redo')}
        shortcut="Mod-Shift-z"
        disabled={!now.canRedo}
        onClick={() => chain().redo().run()}
      >
        <IconArrowForwardUp size={18} />
      </Tool>
      <span className={classes.gap} />
      <Select
        size="xs"
        className={classes.kind}
        aria-label={t('documents.tool.kind')}
        value={now.kind}
        data={KINDS.map((kind) => ({ value: kind, label: t(`documents.tool.${kind}`) }))}
        onChange={(kind) => kind && setKind(editor, kind as BlockKind)}
      />
      <span className={classes.gap} />
      <Tool
        label={t('documents.tool.bold')}
        shortcut="Mod-b"
        active={now.bold}
        onClick={() => chain().toggleBold().run()}
      >
        <IconBold size={18} />
      </Tool>
      <Tool
        label={t('documents.tool.italic')}
        shortcut="Mod-i"
        active={now.italic}
        onClick={() => chain().toggleItalic().run()}
      >
        <IconItalic size={18} />
      </Tool>
      <Tool
        label={t('documents.tool.underline')}
        shortcut="Mod-u"
        active={now.underline}
        onClick={() => chain().toggleUnderline().run()}
      >
        <IconUnderline size={18} />
      </Tool>
      <Tool label={t('documents.tool.link')} shortcut="Mod-k" active={now.link} onClick={props.onLink}>
        <IconLink size={18} />
      </Tool>
      <MoreFormats editor={editor} strike={now.strike} code={now.code} />
      <span className={classes.gap} />
      <Tool
        label={t('documents.tool.bullets')}
        active={now.bullets}
        onClick={() => chain().toggleBulletList().run()}
      >
        <IconList size={18} />
      </Tool>
      <Tool
        label={t('documents.tool.numbers')}
        active={now.numbers}
        onClick={() => chain().toggleOrderedList().run()}
      >
        <IconListNumbers size={18} />
      </Tool>
      <Menu position="bottom-start" returnFocus={false}>
        <Menu.Target>
          <Tooltip label={t('documents.tool.align')}>
            <ActionIcon className={classes.tool} aria-label={t('documents.tool.align')}>
              <Align size={18} />
            </ActionIcon>
          </Tooltip>
        </Menu.Target>
        <Menu.Dropdown>
          {ALIGNMENTS.map(([value, Icon]) => (
            <Menu.Item
              key={value}
              leftSection={<Icon size={16} />}
              onClick={() =>
                value === 'left' ? chain().unsetTextAlign().run() : chain().setTextAlign(value).run()
              }
            >
              {t(`documents.tool.${value}`)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <InsertMenu editor={editor} onImage={props.onImage} />
      {now.table && <TableMenu editor={editor} />}
    </div>
  );
}
