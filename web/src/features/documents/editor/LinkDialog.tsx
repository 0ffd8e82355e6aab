import { Button, Group, Modal, TextInput } from '@mantine/core';
import type { Editor } from '@tiptap/react';
import { type FormEvent, useState } from 'react';
import { t } from '../../../app/i18n';
import { isLinkAllowed } from './tree';

/** "example.org" as people type it, made an address. */
export function completeAddress(typed: string): string {
  const text = typed.trim();
  if (text === '' || isLinkAllowed(text)) return text;
  if (/^[^\s@/]+@[^\s@/]+\.[^\s@/]+$/.test(text)) return `mailto:${text}`;
  return /^[a-z][a-z0-9+.-]*:/i.test(text) ? text : `https://${text}`;
}

/** Sets, changes or removes the link of what is selected. */
export function LinkDialog({ editor, onClose }: { editor: Editor; onClose: () => void }) {
  const before = String(editor.getAttributes('link').href ?? '');
  const [typed, setTyped] = useState(before);
  const [error, setError] = useState<string | null>(null);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const href = completeAddress(typed);
    if (href !== '' && !isLinkAllowed(href)) {
      setError(t('documents.link.notAllowed'));
      return;
    }
    const chain = editor.chain().focus().extendMarkRange('link');
    if (href === '') chain.unsetLink().run();
    else if (editor.state.selection.empty && before === '') {
      chain.insertContent({ type: 'text', text: href, marks: [{ type: 'link', attrs: { href } }] }).run();
    } else chain.setLink({ href }).run();
    onClose();
  };

  return (
    <Modal
      opened
      onClose={onClose}
      title={t('documents.link.title')}
      size="sm"
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      <form onSubmit={submit} noValidate>
        <TextInput
          data-autofocus
          label={t('documents.link.address')}
          placeholder="https://"
          inputMode="url"
          value={typed}
          error={error}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setError(null);
          }}
        />
        <Group justify="flex-end" mt="md" gap="xs">
          {before !== '' && (
            <Button
              variant="subtle"
              color="gray"
              onClick={() => {
                editor.chain().focus().extendMarkRange('link').unsetLink().run();
                onClose();
              }}
            >
              {t('documents.link.remove')}
            </Button>
          )}
          <Button type="submit">{t('documents.link.set')}</Button>
        </Group>
      </form>
    </Modal>
  );
}
