import { ActionIcon, Button, Collapse, Group, Loader, Modal, Text, Tooltip } from '@mantine/core';
import { useDebouncedValue, useDisclosure } from '@mantine/hooks';
import { IconArrowsMaximize } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Letterhead } from '../../api/types';
import { ErrorNotice } from '../../app/ErrorNotice';
import { t } from '../../app/i18n';
import { EMPTY_TREE, templatePreviewQuery } from './api';
import { labelFor, variableNames } from './placeholders';
import { SheetPreview } from './SheetPreview';
import classes from './templateEditor.module.css';
import { nameFlaw, type VariableRow, variableOf } from './templateForm';
import { ValueField } from './ValueField';

/** How soon after the last keystroke the page is drawn anew, in milliseconds. */
const REDRAW_AFTER = 350;

interface PreviewPaneProps {
  body: string;
  variables: readonly VariableRow[];
  letterhead: Letterhead;
}

/** The page a template makes, as it is being written, with values tried out for its variables. */
export function PreviewPane({ body, variables, letterhead }: PreviewPaneProps) {
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [pages, setPages] = useState(1);
  const [trying, { toggle }] = useDisclosure(false);
  const [large, { open, close }] = useDisclosure(false);

  const good = useMemo(() => variables.filter((row) => nameFlaw(row, variables) === undefined), [variables]);
  const request = useMemo(() => {
    const values: Record<string, string> = {};
    for (const row of good) {
      const value = typed[row.name] ?? row.default;
      if (value !== '') values[row.name] = value;
    }
    return { body, variables: good.map(variableOf), values };
  }, [body, good, typed]);
  const [settled] = useDebouncedValue(request, REDRAW_AFTER);
  const preview = useQuery(templatePreviewQuery(settled));
  const empty = body.trim() === '';
  const tree = empty ? EMPTY_TREE : (preview.data?.tree ?? null);
  const used = variableNames(body);
  const blank = good.filter((row) => used.includes(row.name) && !request.values[row.name]).length;
  const redrawing = !empty && (preview.isFetching || settled !== request);

  return (
    <>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Group gap="xs" className={classes.state}>
          <Text component="h2" size="sm" fw={500} c="var(--carrel-ink)">
            {t('library.preview.title')}
          </Text>
          <span>{t('library.preview.pages', { count: pages })}</span>
          {redrawing && <Loader size={12} color="gray" aria-hidden="true" />}
        </Group>
        <Group gap={4} wrap="nowrap">
          {good.length > 0 && (
            <Button size="xs" variant="default" onClick={toggle} aria-expanded={trying}>
              {blank > 0 && !trying
                ? t('library.preview.valuesMissing', { count: blank })
                : t('library.preview.values')}
            </Button>
          )}
          <Tooltip label={t('library.preview.enlarge')}>
            <ActionIcon aria-label={t('library.preview.enlarge')} onClick={open}>
              <IconArrowsMaximize size={18} stroke={1.5} />
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
      <Collapse expanded={trying && good.length > 0}>
        <div className={classes.values}>
          {good.map((row) => (
            <ValueField
              key={row.key}
              variable={row}
              label={row.label || labelFor(row.name)}
              value={typed[row.name] ?? row.default}
              onChange={(value) => setTyped((last) => ({ ...last, [row.name]: value }))}
            />
          ))}
        </div>
      </Collapse>
      {preview.error && !empty && (
        <ErrorNotice compact error={preview.error} retry={() => preview.refetch()} />
      )}
      <div className={classes.previewDesk}>
        <SheetPreview
          tree={tree}
          letterhead={letterhead}
          label={t('library.preview.pages', { count: pages })}
          onPages={setPages}
        />
      </div>
      <Modal
        opened={large}
        onClose={close}
        size="min(920px, 96vw)"
        title={t('library.preview.title')}
        closeButtonProps={{ 'aria-label': t('app.close') }}
      >
        <SheetPreview
          tree={tree}
          letterhead={letterhead}
          label={t('library.preview.pages', { count: pages })}
        />
      </Modal>
    </>
  );
}
