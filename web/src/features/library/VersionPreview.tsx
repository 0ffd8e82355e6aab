import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { TemplateVersionDetail } from '../../api/types';
import { ErrorNotice } from '../../app/ErrorNotice';
import { t } from '../../app/i18n';
import { TextSkeleton } from '../../app/Skeletons';
import { Time } from '../../app/Time';
import { templatePreviewQuery, templateVersionQuery } from './api';
import { SheetPreview } from './SheetPreview';

interface VersionPreviewProps {
  templateId: string;
  version: number;
  onClose: () => void;
  /** Brings the version back; absent where it is the current one, or may not be changed. */
  onRestore?: () => void;
  /** Whether restoring has to wait. */
  disabled: boolean;
}

/** A version of a template as it was: its words, and the page it made. */
export function VersionPreview({ templateId, version, onClose, onRestore, disabled }: VersionPreviewProps) {
  const detail = useQuery(templateVersionQuery(templateId, version));
  return (
    <Modal
      opened
      onClose={onClose}
      size="min(920px, 96vw)"
      title={t('library.versions.number', { version })}
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      {detail.error && <ErrorNotice error={detail.error} retry={() => detail.refetch()} />}
      {!detail.data && !detail.error && <TextSkeleton lines={8} />}
      {detail.data && (
        <Stack gap="md">
          <Group justify="space-between" align="flex-start" gap="md">
            <Heading detail={detail.data} />
            {onRestore && (
              <Button size="xs" disabled={disabled} onClick={onRestore}>
                {t('library.versions.restore')}
              </Button>
            )}
          </Group>
          <VersionSheet detail={detail.data} />
        </Stack>
      )}
    </Modal>
  );
}

function Heading({ detail }: { detail: TemplateVersionDetail }) {
  return (
    <div>
      <Text fw={600}>{detail.name}</Text>
      {detail.description !== '' && <Text size="sm">{detail.description}</Text>}
      <Text size="xs" c="dimmed">
        <Time at={detail.createdAt} />
        {detail.authorName && ` · ${detail.authorName}`}
      </Text>
    </div>
  );
}

function VersionSheet({ detail }: { detail: TemplateVersionDetail }) {
  const { body, variables, letterhead, version } = detail;
  const page = useQuery(templatePreviewQuery({ body, variables, values: {} }));
  if (page.error) return <ErrorNotice compact error={page.error} retry={() => page.refetch()} />;
  if (!page.data) return <TextSkeleton lines={8} />;
  return (
    <SheetPreview
      tree={page.data.tree}
      letterhead={letterhead}
      label={t('library.versions.number', { version })}
    />
  );
}
