import { Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './page.module.css';

/** What a list shows before it has anything: what belongs here, and the way to make the first one. */
export function EmptyState(props: {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className={classes.empty}>
      {props.icon && (
        <div className={classes.emptyIcon} aria-hidden="true">
          {props.icon}
        </div>
      )}
      <Title order={2}>{props.title}</Title>
      {props.children && (
        <Text component="div" c="dimmed">
          {props.children}
        </Text>
      )}
      {props.actions && (
        <Group gap="xs" mt="xs" justify="center">
          {props.actions}
        </Group>
      )}
    </div>
  );
}
