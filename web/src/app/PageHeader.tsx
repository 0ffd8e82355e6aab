import { Breadcrumbs, Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { LinkAnchor } from './links';
import classes from './page.module.css';
import { useTitle } from './useTitle';

export interface Crumb {
  label: string;
  to: string;
}

/** The top of a view: where we are, its one h1, a line of explanation, and at most two actions. */
export function PageHeader(props: {
  title: string;
  description?: ReactNode;
  crumbs?: Crumb[];
  actions?: ReactNode;
}) {
  useTitle(props.title);
  return (
    <header className={classes.header}>
      {props.crumbs && props.crumbs.length > 0 && (
        <Breadcrumbs className={classes.crumbs}>
          {props.crumbs.map((crumb) => (
            <LinkAnchor key={crumb.to} to={crumb.to} size="xs" c="dimmed">
              {crumb.label}
            </LinkAnchor>
          ))}
        </Breadcrumbs>
      )}
      <Group justify="space-between" align="flex-start" gap="md" wrap="wrap">
        <div className={classes.heading}>
          <Title order={1} className={classes.title}>
            {props.title}
          </Title>
          {props.description && (
            <Text c="dimmed" mt={4}>
              {props.description}
            </Text>
          )}
        </div>
        {props.actions && <Group gap="xs">{props.actions}</Group>}
      </Group>
    </header>
  );
}

/** The breathing room around a page; `wide` uses the whole width (editors, boards). */
export function PageBody(props: { children: ReactNode; wide?: boolean }) {
  return <div className={props.wide ? classes.wide : classes.body}>{props.children}</div>;
}
