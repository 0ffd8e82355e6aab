import { Text, UnstyledButton } from '@mantine/core';
import { IconFilePlus, IconFileUpload, IconTemplate } from '@tabler/icons-react';
import { t } from '../../app/i18n';
import { useCreate } from '../../app/useCreate';
import classes from './dashboard.module.css';

/** Three ways to start. */
export function StartWays() {
  const create = useCreate();
  const ways = [
    {
      icon: IconFileUpload,
      title: t('dashboard.wayUpload'),
      text: t('dashboard.wayUploadText'),
      run: create.upload,
    },
    {
      icon: IconFilePlus,
      title: t('dashboard.wayBlank'),
      text: t('dashboard.wayBlankText'),
      run: create.blank,
    },
    {
      icon: IconTemplate,
      title: t('dashboard.wayTemplate'),
      text: t('dashboard.wayTemplateText'),
      run: create.template,
    },
  ];
  return (
    <div className={classes.cards}>
      {ways.map((way) => (
        <UnstyledButton key={way.title} className={classes.way} onClick={way.run}>
          <way.icon size={24} />
          <span>
            <Text component="span" display="block" fw={500}>
              {way.title}
            </Text>
            <Text component="span" display="block" c="dimmed">
              {way.text}
            </Text>
          </span>
        </UnstyledButton>
      ))}
    </div>
  );
}
