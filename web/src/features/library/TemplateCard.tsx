import { ActionIcon, Badge, Menu, Text, Title, Tooltip } from '@mantine/core';
import { IconCopy, IconDots, IconPencil, IconTrash } from '@tabler/icons-react';
import type { Template } from '../../api/types';
import { t } from '../../app/i18n';
import { LinkBlock, LinkMenuItem } from '../../app/links';
import { Time } from '../../app/Time';
import lists from './lists.module.css';
import { outline } from './outline';
import { spans } from './placeholders';
import classes from './templateCard.module.css';

interface TemplateCardProps {
  template: Template;
  onDuplicate: () => void;
  onRemove: () => void;
}

export function TemplateCard({ template, onDuplicate, onRemove }: TemplateCardProps) {
  return (
    <li className={classes.card}>
      <div className={classes.cardDesk} aria-hidden="true">
        <SmallSheet template={template} />
      </div>
      <div className={classes.cardText}>
        <div className={classes.cardTop}>
          <Title order={2} size="h3" lineClamp={2}>
            <LinkBlock
              className={lists.cardLink}
              to="/templates/$templateId"
              params={{ templateId: template.id }}
            >
              {template.name}
            </LinkBlock>
          </Title>
          <Menu>
            <Menu.Target>
              <Tooltip label={t('library.actions')}>
                <ActionIcon
                  className={classes.cardMenu}
                  aria-label={t('library.actionsOf', { name: template.name })}
                >
                  <IconDots size={18} stroke={1.5} />
                </ActionIcon>
              </Tooltip>
            </Menu.Target>
            <Menu.Dropdown>
              <LinkMenuItem
                to="/templates/$templateId"
                params={{ templateId: template.id }}
                leftSection={<IconPencil size={16} stroke={1.5} />}
              >
                {t(template.mine ? 'app.edit' : 'library.open')}
              </LinkMenuItem>
              <Menu.Item leftSection={<IconCopy size={16} stroke={1.5} />} onClick={onDuplicate}>
                {t('library.templates.duplicate')}
              </Menu.Item>
              {template.mine && (
                <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={onRemove}>
                  {t('app.delete')}
                </Menu.Item>
              )}
            </Menu.Dropdown>
          </Menu>
        </div>
        <Text size="sm" c="dimmed" lineClamp={2} className={classes.cardDescription}>
          {template.description || t('library.templates.noDescription')}
        </Text>
        <div className={classes.cardFoot}>
          {template.scope === 'global' && <Badge>{t('library.templates.shared')}</Badge>}
          <span>{t('library.templates.variables', { count: template.variables.length })}</span>
          <Time at={template.updatedAt} />
        </div>
      </div>
    </li>
  );
}

/** The head of the page this template makes, drawn small. */
function SmallSheet({ template }: { template: Template }) {
  const { header } = template.letterhead;
  return (
    <div className={classes.smallSheet}>
      {header.trim() !== '' && <div className={classes.smallHeader}>{header.split('\n')[0]}</div>}
      {outline(template.body, 9).map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a picture have no identity but their place
        <div key={index} className={classes.smallLine} data-level={line.level}>
          {spans(line.text).map((span) =>
            span.kind !== 'variable' ? (
              span.text
            ) : (
              <span key={span.start} className={classes.smallBlank}>
                {span.name}
              </span>
            ),
          )}
        </div>
      ))}
    </div>
  );
}
