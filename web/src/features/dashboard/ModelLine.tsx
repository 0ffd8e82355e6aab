import { Text } from '@mantine/core';
import { IconBulb } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { t } from '../../app/i18n';
import { LinkAnchor } from '../../app/links';
import { statusQuery, usePermission } from '../../app/session';
import classes from './dashboard.module.css';

/** Says that no model is configured, what that means, and who can change it. */
export function ModelLine() {
  const status = useQuery(statusQuery);
  const mayConfigure = usePermission('providers:manage');
  if (!status.data || status.data.modelConfigured) return null;
  return (
    <div className={classes.line}>
      <IconBulb size={18} />
      <Text>
        {t('dashboard.noModel')}{' '}
        {mayConfigure ? (
          <LinkAnchor to="/settings/$tab" params={{ tab: 'providers' }} underline="always" inherit>
            {t('dashboard.addModel')}
          </LinkAnchor>
        ) : (
          t('dashboard.askForModel')
        )}
      </Text>
    </div>
  );
}
