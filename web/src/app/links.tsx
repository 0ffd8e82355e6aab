// Mantine's components as router links: typed addresses, preloading, plain <a> semantics.
import {
  ActionIcon,
  type ActionIconProps,
  Anchor,
  type AnchorProps,
  Button,
  type ButtonProps,
  Menu,
  type MenuItemProps,
  UnstyledButton,
  type UnstyledButtonProps,
} from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentPropsWithRef } from 'react';

type AnchorElement<P> = P & Omit<ComponentPropsWithRef<'a'>, keyof P | 'color'>;

export const LinkAnchor = createLink((props: AnchorElement<AnchorProps>) => <Anchor {...props} />);

export const LinkButton = createLink((props: AnchorElement<ButtonProps>) => (
  <Button component="a" {...props} />
));

export const LinkIcon = createLink((props: AnchorElement<ActionIconProps>) => (
  <ActionIcon component="a" {...props} />
));

export const LinkMenuItem = createLink((props: AnchorElement<MenuItemProps>) => (
  <Menu.Item component="a" {...props} />
));

/** A whole card or row as one link, without any look of its own. */
export const LinkBlock = createLink((props: AnchorElement<UnstyledButtonProps>) => (
  <UnstyledButton component="a" {...props} />
));
