import { Button, Menu, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import {
  IconChevronDown,
  IconFileExport,
  IconFileTypeDocx,
  IconFileTypePdf,
  IconList,
} from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { newIdempotencyKey } from '../../../api/client';
import type { Export } from '../../../api/types';
import { formatBytes } from '../../../app/format';
import { t } from '../../../app/i18n';
import { LinkMenuItem } from '../../../app/links';
import { notifyFailure, notifyFailureOf } from '../../../app/notify';
import { exportDownload, getExport, keys, startExport } from '../api';
import { startDownload } from '../download';
import { failureText } from '../failure';
import { useDesk } from './desk';
import classes from './document.module.css';
import { LetterheadItems, useLetterhead } from './LetterheadChoice';

/** How often an export that takes longer is asked after, in milliseconds. */
const ASK = 700;

async function untilReady(started: Export, signal: AbortSignal): Promise<Export> {
  let current = started;
  while (current.status === 'queued' && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, ASK));
    current = await getExport(current.id, signal);
  }
  return current;
}

/** Makes a file of the draft and downloads it when it is ready. */
export function ExportMenu() {
  const desk = useDesk();
  const queries = useQueryClient();
  const [making, setMaking] = useState<Export['format'] | null>(null);
  const [opened, setOpened] = useState(false);
  const letterhead = useLetterhead(desk.document, opened);
  const leave = useRef(new AbortController());
  useEffect(() => {
    const controller = new AbortController();
    leave.current = controller;
    return () => controller.abort();
  }, []);

  const announce = (made: Export) => {
    notifications.show({
      color: 'green',
      title: t('documents.export.ready'),
      autoClose: 12_000,
      closeButtonProps: { 'aria-label': t('app.close') },
      message: (
        <>
          <Text>
            {made.fileName}
            {made.size !== null && ` · ${formatBytes(made.size)}`}
          </Text>
          <Button
            size="compact-sm"
            variant="light"
            mt={4}
            onClick={() =>
              void exportDownload(made.id)
                .then(({ url }) => startDownload(url, made.fileName))
                .catch(notifyFailure)
            }
          >
            {t('documents.export.again')}
          </Button>
        </>
      ),
    });
  };

  const make = async (format: Export['format']) => {
    const { signal } = leave.current;
    setMaking(format);
    try {
      // What is exported is what is on the screen.
      if (!(await desk.flush())) return;
      const made = await untilReady(
        await startExport(
          desk.document.id,
          { format, templateId: letterhead.chosen ?? undefined },
          newIdempotencyKey(),
        ),
        signal,
      );
      if (signal.aborted) return;
      if (made.status === 'failed') {
        notifyFailureOf(
          t('documents.export.failed'),
          made.failure ? failureText(made.failure) : t('documents.export.failedText'),
        );
        return;
      }
      const url = made.downloadUrl ?? (await exportDownload(made.id)).url;
      startDownload(url, made.fileName);
      announce(made);
      void queries.invalidateQueries({ queryKey: keys.one(desk.document.id) });
      void queries.invalidateQueries({ queryKey: keys.lists });
      void queries.invalidateQueries({ queryKey: ['exports'] });
    } catch (error) {
      if (!signal.aborted) notifyFailure(error);
    } finally {
      setMaking(null);
    }
  };

  const none = desk.document.draftVersion === null && desk.draft === null;
  return (
    <Menu width={270} opened={opened} onChange={setOpened}>
      <Menu.Target>
        <Button
          className={classes.action}
          aria-label={t('documents.export.title')}
          leftSection={<IconFileExport size={18} />}
          rightSection={<IconChevronDown size={16} className={classes.actionText} />}
          loading={making !== null}
          disabled={none || desk.active?.feature === 'draft'}
          title={none ? t('documents.export.nothingYet') : undefined}
        >
          <span className={classes.actionText}>{t('documents.export.title')}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconFileTypeDocx size={18} />} onClick={() => void make('docx')}>
          {t('documents.export.docx')}
        </Menu.Item>
        <Menu.Item leftSection={<IconFileTypePdf size={18} />} onClick={() => void make('pdf')}>
          {t('documents.export.pdf')}
        </Menu.Item>
        <LetterheadItems document={desk.document} letterhead={letterhead} />
        <Menu.Divider />
        <LinkMenuItem to="/exports" leftSection={<IconList size={18} />}>
          {t('documents.export.all')}
        </LinkMenuItem>
      </Menu.Dropdown>
    </Menu>
  );
}
