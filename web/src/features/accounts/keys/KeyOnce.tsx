import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import type { MadeApiKey } from '../../../api/types';
import { t } from '../../../app/i18n';
import { copyText } from '../../library/copyText';
import classes from './keys.module.css';

/** An address that the key may ask, to try it with. */
function exampleOf(scopes: readonly string[]): string {
  if (scopes.includes('documents:use')) return '/documents';
  if (scopes.includes('templates:use')) return '/templates';
  if (scopes.includes('prompts:use')) return '/prompts';
  return '/auth/me';
}

/** A key that was just made: it is not shown again. */
export function KeyOnce({ made, onClose }: { made: MadeApiKey; onClose: () => void }) {
  const curl = `curl ${window.location.origin}/api/v1${exampleOf(made.scopes)} \\\n  -H "Authorization: Bearer ${made.key}"`;
  return (
    <Stack>
      <Alert color="amber">{t('administration.keys.once')}</Alert>
      <Copyable title={made.name} text={made.key} label={t('administration.keys.copyKey')} focused />
      <Copyable
        title={t('administration.keys.example')}
        text={curl}
        label={t('administration.keys.copyExample')}
      />
      <Group justify="flex-end">
        <Button onClick={onClose}>{t('administration.keys.kept')}</Button>
      </Group>
    </Stack>
  );
}

function Copyable(props: { title: string; text: string; label: string; focused?: boolean }) {
  const [copied, setCopied] = useState<boolean | null>(null);
  return (
    <div>
      <Group justify="space-between" mb={6}>
        <Text fw={500}>{props.title}</Text>
        <Button
          size="xs"
          variant="default"
          data-autofocus={props.focused || undefined}
          autoFocus={props.focused}
          leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          onClick={() => copyText(props.text).then(setCopied)}
        >
          {copied ? t('app.copied') : props.label}
        </Button>
      </Group>
      <pre className={classes.code}>{props.text}</pre>
      <Text component="div" fz="xs" c="red" role="status">
        {copied === false && t('administration.keys.copyFailed')}
      </Text>
    </div>
  );
}
