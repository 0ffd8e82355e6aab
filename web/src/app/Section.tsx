import { Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import classes from './page.module.css';

/** One subject of a settings page: what it is on the left, its controls on the right (below, on phones). */
export function Section(props: { title: string; description?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className={classes.section} aria-labelledby={id}>
      <div>
        <Title order={2} size="h3" id={id}>
          {props.title}
        </Title>
        {props.description && (
          <Text c="dimmed" mt={4}>
            {props.description}
          </Text>
        )}
      </div>
      <div>{props.children}</div>
    </section>
  );
}
