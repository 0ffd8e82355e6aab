import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { ApiError } from '../api/client';
import { explainInOneLine } from './explain';
import { t } from './i18n';

/** A line that something is done. */
export function notifyDone(message: string) {
  notifications.show({ message, color: 'green', closeButtonProps: { 'aria-label': t('app.close') } });
}

/** Something to know that is neither done nor failed; `amber` when it keeps the person from going on. */
export function notifyNote(message: string, color: 'gray' | 'amber' = 'gray') {
  notifications.show({ message, color, closeButtonProps: { 'aria-label': t('app.close') } });
}

/** A failure of something that has no place of its own on the page. */
export function notifyFailure(error: unknown) {
  showFailure(error);
}

/** The same under a title that names what failed; `error` may also be a sentence. */
export function notifyFailureOf(title: string, error: unknown) {
  showFailure(error, title);
}

function showFailure(error: unknown, title?: string) {
  // Whoever was signed out is asked to sign in again by a dialog, which says it better.
  if (error instanceof ApiError && error.status === 401) return;
  notifications.show({
    title,
    message: typeof error === 'string' ? error : explainInOneLine(error),
    color: 'red',
    autoClose: 10_000,
    role: 'alert',
    closeButtonProps: { 'aria-label': t('app.close') },
  });
}

/** Undo rather than confirm: says what was done and offers the way back for some seconds. */
export function notifyUndo(message: string, undo: () => void | Promise<void>) {
  const id = notifications.show({
    autoClose: 10_000,
    color: 'green',
    closeButtonProps: { 'aria-label': t('app.close') },
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text>{message}</Text>
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            notifications.hide(id);
            Promise.resolve(undo()).catch(notifyFailure);
          }}
        >
          {t('app.undo')}
        </Button>
      </Group>
    ),
  });
}
