import { Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './administration.module.css';

/** The top of one page of the administration: what it is for, and its main action. */
export function Intro(props: { title: string; text: string; actions?: ReactNode }) {
  return (
    <Group justify="space-between" align="flex-start" my="lg" gap="md">
      <div className={classes.intro}>
        <Title order={2} size="h3">
          {props.title}
        </Title>
        <Text c="dimmed">{props.text}</Text>
      </div>
      {props.actions && <Group gap="xs">{props.actions}</Group>}
    </Group>
  );
}
