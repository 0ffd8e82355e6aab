import { ActionIcon, Menu, Tooltip } from '@mantine/core';
import { IconBold, IconBraces, IconH2, IconList, IconListNumbers, IconTable } from '@tabler/icons-react';
import { type ReactNode, useId, useRef } from 'react';
import { t } from '../../app/i18n';
import classes from './BodyEditor.module.css';
import { spans } from './placeholders';

interface BodyEditorProps {
  value: string;
  onChange: (value: string) => void;
  onBlur?: () => void;
  /** The defined variables, offered for insertion and marked in the text. */
  names: readonly string[];
  label: string;
  placeholder?: string;
  error?: ReactNode;
  /** Marked as faulty, with the words shown elsewhere. */
  invalid?: boolean;
  readOnly?: boolean;
  /** Markdown buttons above the text; without them only variables can be inserted. */
  markdown?: boolean;
  /** The lowest height of the text in lines. */
  lines: number;
  required?: boolean;
}

/** A plain text field for Markdown in which `{{variables}}` stand out: green when defined, amber when not. */
export function BodyEditor({
  value,
  onChange,
  onBlur,
  names,
  label,
  placeholder,
  error,
  invalid = false,
  readOnly = false,
  markdown = false,
  lines,
  required = false,
}: BodyEditorProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();

  const insert = (text: string, selectFrom?: number, selectTo?: number) => {
    const area = field.current;
    if (!area) return;
    area.focus();
    const start = area.selectionStart;
    typeInto(area, text);
    if (selectFrom !== undefined)
      area.setSelectionRange(start + selectFrom, start + (selectTo ?? selectFrom));
  };

  /** Puts `prefix` before each selected line, or before the line of the caret. */
  const prefixLines = (prefix: (line: number) => string) => {
    const area = field.current;
    if (!area) return;
    area.focus();
    const start = value.lastIndexOf('\n', area.selectionStart - 1) + 1;
    area.setSelectionRange(start, area.selectionEnd);
    const selected = value.slice(start, area.selectionEnd);
    typeInto(
      area,
      selected
        .split('\n')
        .map((line, index) => prefix(index) + line)
        .join('\n'),
    );
  };

  const bold = () => {
    const area = field.current;
    if (!area) return;
    const selected = value.slice(area.selectionStart, area.selectionEnd) || t('library.body.boldWords');
    insert(`**${selected}**`, 2, 2 + selected.length);
  };

  return (
    <div
      className={classes.root}
      data-error={error || invalid ? true : undefined}
      data-read-only={readOnly || undefined}
    >
      <div className={classes.top}>
        <label className={classes.label} htmlFor={id}>
          {label}
          {required && (
            <span aria-hidden="true" className={classes.star}>
              {' *'}
            </span>
          )}
        </label>
        {!readOnly && (
          <div
            className={classes.tools}
            role="toolbar"
            aria-label={t('library.body.tools')}
            aria-controls={id}
          >
            {markdown && (
              <>
                <Tool label={t('library.body.heading')} onClick={() => prefixLines(() => '## ')}>
                  <IconH2 size={18} stroke={1.5} />
                </Tool>
                <Tool label={t('library.body.bold')} onClick={bold}>
                  <IconBold size={18} stroke={1.5} />
                </Tool>
                <Tool label={t('library.body.list')} onClick={() => prefixLines(() => '- ')}>
                  <IconList size={18} stroke={1.5} />
                </Tool>
                <Tool
                  label={t('library.body.numbered')}
                  onClick={() => prefixLines((line) => `${line + 1}. `)}
                >
                  <IconListNumbers size={18} stroke={1.5} />
                </Tool>
                <Tool label={t('library.body.table')} onClick={() => insert(t('library.body.tableText'))}>
                  <IconTable size={18} stroke={1.5} />
                </Tool>
              </>
            )}
            <Menu position="bottom-end" returnFocus={false}>
              <Menu.Target>
                <Tooltip label={t('library.body.insertVariable')}>
                  <ActionIcon variant="subtle" color="gray" aria-label={t('library.body.insertVariable')}>
                    <IconBraces size={18} stroke={1.5} />
                  </ActionIcon>
                </Tooltip>
              </Menu.Target>
              <Menu.Dropdown className={classes.menu}>
                {names.filter(Boolean).map((name) => (
                  <Menu.Item key={name} className={classes.menuName} onClick={() => insert(`{{${name}}}`)}>
                    {name}
                  </Menu.Item>
                ))}
                {names.length > 0 && <Menu.Divider />}
                <Menu.Item
                  onClick={() =>
                    insert(
                      `{{${t('library.body.newVariableName')}}}`,
                      2,
                      2 + t('library.body.newVariableName').length,
                    )
                  }
                >
                  {t('library.body.newVariable')}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </div>
        )}
      </div>
      <div className={classes.field} style={{ minHeight: `calc(${lines} * 1.6em + 24px)` }}>
        <div className={classes.backdrop} aria-hidden="true">
          {spans(value).map((span) =>
            span.kind === 'text' ? (
              span.text
            ) : (
              <mark
                key={span.start}
                data-state={
                  span.kind === 'malformed'
                    ? 'malformed'
                    : names.includes(span.name)
                      ? 'defined'
                      : 'undefined'
                }
              >
                {span.text}
              </mark>
            ),
          )}
          {/* A last empty line has no height of its own. */}
          {'\u200b'}
        </div>
        <textarea
          ref={field}
          id={id}
          className={classes.text}
          value={value}
          readOnly={readOnly}
          spellCheck
          placeholder={placeholder}
          aria-invalid={error || invalid ? true : undefined}
          aria-describedby={error ? `${id}-error` : undefined}
          aria-required={required || undefined}
          onChange={(event) => onChange(event.currentTarget.value)}
          onBlur={onBlur}
        />
      </div>
      {error && (
        <div id={`${id}-error`} className={classes.error}>
          {error}
        </div>
      )}
    </div>
  );
}

function Tool({ label, onClick, children }: { label: string; onClick: () => void; children: ReactNode }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}

/** Types into a field as a person would, so that the browser's own undo takes it back. */
function typeInto(area: HTMLTextAreaElement, text: string) {
  // Deprecated, yet the only way that keeps the undo history; every engine still has it.
  if (document.execCommand('insertText', false, text)) return;
  area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end');
  area.dispatchEvent(new Event('input', { bubbles: true }));
}
