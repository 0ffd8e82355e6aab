import { Drawer } from '@mantine/core';
import { type ReactNode, useCallback, useRef, useState } from 'react';
import { t } from '../../app/i18n';

interface EditorDrawerProps {
  /** What is open, null for nothing. */
  id: string | null;
  title: string;
  onClose: () => void;
  /** The editor of what is open; it says whether it holds changes that aren't saved. */
  children: (id: string, onDirty: (dirty: boolean) => void) => ReactNode;
}

/** A drawer that edits one thing. With changes in it, a stray click or Escape doesn't close it. */
export function EditorDrawer({ id, title, onClose, children }: EditorDrawerProps) {
  // While the drawer slides away it still shows what it showed.
  const last = useRef({ id, title });
  if (id !== null) last.current = { id, title };
  const shown = last.current;
  const [dirty, setDirty] = useState(false);
  const onDirty = useCallback((now: boolean) => setDirty(now), []);
  return (
    <Drawer
      opened={id !== null}
      onClose={onClose}
      position="right"
      size="lg"
      title={shown.title}
      closeOnClickOutside={!dirty}
      closeOnEscape={!dirty}
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      {shown.id !== null && <div key={shown.id}>{children(shown.id, onDirty)}</div>}
    </Drawer>
  );
}
