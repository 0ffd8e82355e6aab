import { Alert, Button, Group } from '@mantine/core';
import { t } from '../../app/i18n';

interface NewerNoticeProps {
  /** The version that somebody saved meanwhile. */
  version: number;
  /** What becomes of the other version when one's own is saved. */
  children: string;
  onTakeTheirs: () => void;
  onKeepMine: () => void;
}

/** Says that the server moved on while somebody was typing here, and lets them choose which words go on. */
export function NewerNotice({ version, children, onTakeTheirs, onKeepMine }: NewerNoticeProps) {
  return (
    <Alert color="amber" mb="lg" title={t('library.editor.newerTitle', { version })}>
      {children}
      <Group gap="xs" mt="sm">
        <Button size="xs" variant="default" onClick={onTakeTheirs}>
          {t('library.editor.newerLoad', { version })}
        </Button>
        <Button size="xs" variant="default" onClick={onKeepMine}>
          {t('library.editor.newerKeep', { version: version + 1 })}
        </Button>
      </Group>
    </Alert>
  );
}
