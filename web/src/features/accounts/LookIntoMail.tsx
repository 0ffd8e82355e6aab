import { Text, Title } from '@mantine/core';
import { t } from '../../app/i18n';
import { LinkButton } from '../../app/links';
import classes from './door.module.css';

/** What comes next is in a mail. */
export function LookIntoMail({ text }: { text: string }) {
  return (
    <div role="status">
      <Title order={1} size="h2" className={classes.title}>
        {t('accounts.lookIntoMail')}
      </Title>
      <Text c="dimmed" mb="lg">
        {text}
      </Text>
      <LinkButton to="/sign-in" search={{}} fullWidth variant="default">
        {t('accounts.toSignIn')}
      </LinkButton>
    </div>
  );
}
