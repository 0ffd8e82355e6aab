import {
  Button,
  FileButton,
  Group,
  NumberInput,
  SegmentedControl,
  Stack,
  Switch,
  Text,
  Textarea,
} from '@mantine/core';
import { IconPhotoPlus } from '@tabler/icons-react';
import { useState } from 'react';
import type { Letterhead } from '../../api/types';
import { ErrorNotice } from '../../app/ErrorNotice';
import { t } from '../../app/i18n';
import { useUploadImage } from './api';
import { MARGIN_RANGE, type MarginSide } from './sheet';
import classes from './templateFields.module.css';
import type { Flaws } from './templateForm';
import { imageUrl } from './tree';

const LOGO_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
const LOGO_LIMIT = 5 * 1024 * 1024;
const TEXT_LIMIT = 1000;

interface LetterheadEditorProps {
  letterhead: Letterhead;
  onChange: (letterhead: Letterhead) => void;
  flaws: Flaws;
  readOnly: boolean;
}

export function LetterheadEditor({ letterhead, onChange, flaws, readOnly }: LetterheadEditorProps) {
  const change = (part: Partial<Letterhead>) => onChange({ ...letterhead, ...part });
  return (
    <Stack gap="lg">
      <LogoField logo={letterhead.logo} readOnly={readOnly} onChange={(logo) => change({ logo })} />
      <Textarea
        label={t('library.letterhead.header')}
        description={t('library.letterhead.headerHint')}
        value={letterhead.header}
        readOnly={readOnly}
        maxLength={TEXT_LIMIT}
        autosize
        minRows={2}
        maxRows={6}
        onChange={(event) => change({ header: event.currentTarget.value })}
      />
      <Textarea
        label={t('library.letterhead.footer')}
        description={t('library.letterhead.footerHint')}
        value={letterhead.footer}
        readOnly={readOnly}
        maxLength={TEXT_LIMIT}
        autosize
        minRows={2}
        maxRows={6}
        onChange={(event) => change({ footer: event.currentTarget.value })}
      />
      <Switch
        label={t('library.letterhead.pageNumbers')}
        checked={letterhead.pageNumbers}
        disabled={readOnly}
        onChange={(event) => change({ pageNumbers: event.currentTarget.checked })}
      />
      <div>
        <Text size="sm" fw={500} mb={4} id="paper-label">
          {t('library.letterhead.paper')}
        </Text>
        <SegmentedControl
          aria-labelledby="paper-label"
          value={letterhead.paper}
          readOnly={readOnly}
          onChange={(paper) => change({ paper: paper === 'letter' ? 'letter' : 'a4' })}
          data={[
            { value: 'a4', label: t('library.letterhead.papers.a4') },
            { value: 'letter', label: t('library.letterhead.papers.letter') },
          ]}
        />
      </div>
      <fieldset className={classes.fieldset}>
        <legend>{t('library.letterhead.margins')}</legend>
        <div className={classes.margins}>
          {(['top', 'right', 'bottom', 'left'] as const).map((side) => (
            <MarginField
              key={side}
              side={side}
              value={letterhead.margins[side]}
              readOnly={readOnly}
              error={flaws.margins[side] ? t('library.errors.marginRange', MARGIN_RANGE) : undefined}
              onChange={(value) => change({ margins: { ...letterhead.margins, [side]: value } })}
            />
          ))}
        </div>
      </fieldset>
    </Stack>
  );
}

function MarginField({
  side,
  value,
  readOnly,
  error,
  onChange,
}: {
  side: MarginSide;
  value: number;
  readOnly: boolean;
  error: string | undefined;
  onChange: (value: number) => void;
}) {
  return (
    <NumberInput
      label={t(`library.letterhead.sides.${side}`)}
      suffix={` ${t('library.letterhead.mm')}`}
      value={Number.isFinite(value) ? value : ''}
      readOnly={readOnly}
      allowDecimal={false}
      step={1}
      min={MARGIN_RANGE.min}
      max={MARGIN_RANGE.max}
      clampBehavior="none"
      error={error}
      onChange={(typed) => onChange(typeof typed === 'number' ? typed : Number.NaN)}
    />
  );
}

function LogoField({
  logo,
  readOnly,
  onChange,
}: {
  logo: string | null;
  readOnly: boolean;
  onChange: (logo: string | null) => void;
}) {
  const upload = useUploadImage();
  const [refused, setRefused] = useState<'type' | 'size' | null>(null);
  const url = imageUrl(logo);

  const choose = (file: File | null) => {
    if (!file) return;
    upload.reset();
    if (!LOGO_TYPES.includes(file.type)) return setRefused('type');
    if (file.size > LOGO_LIMIT) return setRefused('size');
    setRefused(null);
    upload.mutate(file, { onSuccess: (image) => onChange(image.src) });
  };

  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        {t('library.letterhead.logo')}
      </Text>
      {/* Dropping is a convenience beside the button, which does the same for the keyboard. */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: see above */}
      <div
        className={classes.logoField}
        onDragOver={(event) => {
          if (!readOnly) event.preventDefault();
        }}
        onDrop={(event) => {
          if (readOnly) return;
          event.preventDefault();
          choose(event.dataTransfer.files[0] ?? null);
        }}
      >
        <div className={classes.logoFrame}>
          {url ? (
            <img src={url} alt={t('library.letterhead.logoAlt')} />
          ) : (
            <IconPhotoPlus size={24} stroke={1.5} aria-hidden="true" />
          )}
        </div>
        <Stack gap={4} align="flex-start" className={classes.logoWords}>
          {!readOnly && (
            <Group gap="xs">
              <FileButton accept={LOGO_TYPES.join(',')} onChange={choose}>
                {(props) => (
                  <Button {...props} variant="default" loading={upload.isPending}>
                    {url ? t('library.letterhead.logoReplace') : t('library.letterhead.logoChoose')}
                  </Button>
                )}
              </FileButton>
              {url && (
                <Button variant="subtle" color="gray" onClick={() => onChange(null)}>
                  {t('library.letterhead.logoRemove')}
                </Button>
              )}
            </Group>
          )}
          <Text size="xs" c="dimmed">
            {t('library.letterhead.logoHint')}
          </Text>
        </Stack>
      </div>
      <div aria-live="polite">
        {refused && (
          <Text size="sm" c="red" mt="xs">
            {t(refused === 'type' ? 'library.letterhead.logoType' : 'library.letterhead.logoSize')}
          </Text>
        )}
        {upload.error && <ErrorNotice error={upload.error} />}
      </div>
    </div>
  );
}
