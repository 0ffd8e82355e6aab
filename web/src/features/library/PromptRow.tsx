import { ActionIcon, Badge, Menu, Text, Title, Tooltip } from '@mantine/core';
import {
  IconCheck,
  IconCopy,
  IconCopyPlus,
  IconDots,
  IconPencil,
  IconTrash,
  IconUsers,
} from '@tabler/icons-react';
import { useState } from 'react';
import type { Prompt } from '../../api/types';
import { t } from '../../app/i18n';
import { LinkBlock, LinkMenuItem } from '../../app/links';
import { Time } from '../../app/Time';
import { copyText } from './copyText';
import lists from './lists.module.css';
import { spans } from './placeholders';
import classes from './prompts.module.css';
import type { PromptsSearch } from './routes';

interface PromptRowProps {
  prompt: Prompt;
  onDuplicate: () => void;
  onShare: () => void;
  onRemove: () => void;
}

export function PromptRow({ prompt, onDuplicate, onShare, onRemove }: PromptRowProps) {
  const toDrawer = (last: PromptsSearch) => ({ ...last, prompt: prompt.id });
  return (
    <li className={classes.prompt}>
      <div className={classes.promptText}>
        <Title order={2} size="h3">
          <LinkBlock className={lists.cardLink} to="/prompts" search={toDrawer}>
            {prompt.title}
          </LinkBlock>
        </Title>
        <Text size="sm" c="dimmed" lineClamp={2}>
          <WithVariables text={prompt.content} />
        </Text>
      </div>
      <div className={classes.promptActions}>
        <CopyText text={prompt.content} />
        <Menu>
          <Menu.Target>
            <Tooltip label={t('library.actions')}>
              <ActionIcon aria-label={t('library.actionsOf', { name: prompt.title })}>
                <IconDots size={18} stroke={1.5} />
              </ActionIcon>
            </Tooltip>
          </Menu.Target>
          <Menu.Dropdown>
            <LinkMenuItem to="/prompts" search={toDrawer} leftSection={<IconPencil size={16} stroke={1.5} />}>
              {t(prompt.mine ? 'app.edit' : 'library.open')}
            </LinkMenuItem>
            <Menu.Item leftSection={<IconCopyPlus size={16} stroke={1.5} />} onClick={onDuplicate}>
              {t('library.prompts.duplicate')}
            </Menu.Item>
            {prompt.mine && (
              <>
                <Menu.Item leftSection={<IconUsers size={16} stroke={1.5} />} onClick={onShare}>
                  {t(prompt.shared ? 'library.prompts.stopSharing' : 'library.prompts.share')}
                </Menu.Item>
                <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={onRemove}>
                  {t('app.delete')}
                </Menu.Item>
              </>
            )}
          </Menu.Dropdown>
        </Menu>
      </div>
      <div className={classes.promptFoot}>
        {prompt.tags.length > 0 && (
          <span className={classes.tags}>
            {prompt.tags.map((tag) => (
              <Badge key={tag} color="gray" className={classes.tag}>
                {tag}
              </Badge>
            ))}
          </span>
        )}
        <span>{sharing(prompt)}</span>
        <span>{t('library.prompts.uses', { count: prompt.uses })}</span>
        <Time at={prompt.updatedAt} />
      </div>
    </li>
  );
}

/** Whose prompt it is, and who else sees it. */
export function sharing(prompt: Prompt): string {
  if (!prompt.mine) {
    return prompt.authorName
      ? t('library.prompts.sharedBy', { name: prompt.authorName })
      : t('library.prompts.sharedByOther');
  }
  return t(prompt.shared ? 'library.prompts.sharedByYou' : 'library.prompts.onlyYou');
}

export function WithVariables({ text }: { text: string }) {
  return spans(text).map((span) =>
    span.kind !== 'variable' ? (
      span.text
    ) : (
      <span key={span.start} className={classes.name}>
        {span.name}
      </span>
    ),
  );
}

export function CopyText({ text }: { text: string }) {
  const [copied, setCopied] = useState<boolean | null>(null);
  const label =
    copied === null ? t('library.prompts.copyText') : t(copied ? 'app.copied' : 'library.prompts.copyFailed');
  return (
    <Tooltip label={label}>
      <ActionIcon
        aria-label={label}
        onClick={() => copyText(text).then(setCopied)}
        onMouseLeave={() => setCopied(null)}
        onBlur={() => setCopied(null)}
      >
        {copied ? <IconCheck size={18} stroke={1.5} /> : <IconCopy size={18} stroke={1.5} />}
      </ActionIcon>
    </Tooltip>
  );
}
