import { ActionIcon, Menu, Tooltip, UnstyledButton } from '@mantine/core';
import {
  IconKeyboard,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconLogout,
  IconSearch,
  IconUser,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { UsageRing } from '../features/accounts/UsageRing';
import { ActivityBell } from '../features/activity/ActivityBell';
import { recentDocuments } from '../features/dashboard/api';
import classes from './frame.module.css';
import { t } from './i18n';
import { modKey } from './keyName';
import { Logo } from './Logo';
import { LinkBlock, LinkMenuItem } from './links';
import { NewMenu } from './NewMenu';
import { ADMINISTRATION, PLACES, type Place, placesFor, SETTINGS } from './navigation';
import { useMe, useSignOut, useWorkspaceName } from './session';
import { type ThemeName, useThemeChoice } from './ThemeChoice';

interface RailProps {
  collapsed: boolean;
  onCollapse?: () => void;
  onNavigate?: () => void;
  onSearch: () => void;
  onShortcuts: () => void;
}

/** Where one can go: new, places, recent documents, and at the foot settings and the person. */
export function Rail({ collapsed, onCollapse, onNavigate, onSearch, onShortcuts }: RailProps) {
  const me = useMe();
  const appName = useWorkspaceName();
  const places = placesFor(me.permissions, PLACES);
  return (
    <div className={classes.inner} data-collapsed={collapsed || undefined}>
      <div className={classes.head}>
        <LinkBlock to="/" className={classes.brand} aria-label={appName} onClick={onNavigate}>
          <Logo />
          {!collapsed && <span>{appName}</span>}
        </LinkBlock>
        {onCollapse && <ActivityBell />}
        {onCollapse && (
          <Tooltip label={collapsed ? t('app.expandRail') : t('app.collapseRail')} position="right">
            <ActionIcon
              onClick={onCollapse}
              aria-label={collapsed ? t('app.expandRail') : t('app.collapseRail')}
              aria-expanded={!collapsed}
            >
              {collapsed ? (
                <IconLayoutSidebarLeftExpand size={20} />
              ) : (
                <IconLayoutSidebarLeftCollapse size={20} />
              )}
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      <NewMenu collapsed={collapsed} onChosen={onNavigate} />
      <nav aria-label={t('app.navigation')}>
        <ul className={classes.list}>
          <li>
            <RailTip label={t('app.palette')} shown={collapsed}>
              <UnstyledButton
                className={classes.item}
                onClick={() => {
                  onNavigate?.();
                  onSearch();
                }}
                aria-label={collapsed ? t('app.palette') : undefined}
              >
                <IconSearch size={20} />
                {!collapsed && (
                  <>
                    <span className={classes.label}>{t('app.search')}</span>
                    <span className={classes.keys} aria-hidden="true">
                      {modKey()} K
                    </span>
                  </>
                )}
              </UnstyledButton>
            </RailTip>
          </li>
          {places.map((place) => (
            <li key={place.key}>
              <PlaceLink place={place} collapsed={collapsed} onNavigate={onNavigate} />
            </li>
          ))}
        </ul>
      </nav>
      {!collapsed && <Recent onNavigate={onNavigate} />}
      <div className={classes.foot}>
        <ul className={classes.list}>
          <UsageRing collapsed={collapsed} onNavigate={onNavigate} />
          {placesFor(me.permissions, [ADMINISTRATION, SETTINGS]).map((place) => (
            <li key={place.key}>
              <PlaceLink place={place} collapsed={collapsed} onNavigate={onNavigate} />
            </li>
          ))}
          <li>
            <PersonMenu
              collapsed={collapsed}
              position={onCollapse ? 'right-end' : 'top-start'}
              onNavigate={onNavigate}
              onShortcuts={onShortcuts}
            />
          </li>
        </ul>
      </div>
    </div>
  );
}

function RailTip({ label, shown, children }: { label: string; shown: boolean; children: ReactElement }) {
  return (
    <Tooltip label={label} position="right" disabled={!shown}>
      {children}
    </Tooltip>
  );
}

function PlaceLink({
  place,
  collapsed,
  onNavigate,
}: {
  place: Place;
  collapsed: boolean;
  onNavigate?: () => void;
}) {
  const label = t(place.label);
  return (
    <RailTip label={label} shown={collapsed}>
      <LinkBlock
        to={place.to}
        className={classes.item}
        activeOptions={{ exact: place.to === '/', includeSearch: false }}
        aria-label={collapsed ? label : undefined}
        onClick={onNavigate}
      >
        <place.icon size={20} />
        {!collapsed && <span className={classes.label}>{label}</span>}
      </LinkBlock>
    </RailTip>
  );
}

function Recent({ onNavigate }: { onNavigate?: () => void }) {
  const me = useMe();
  const recent = useQuery({ ...recentDocuments, enabled: me.permissions.includes('documents:use') });
  if (!recent.data || recent.data.length === 0) return null;
  return (
    <nav aria-label={t('app.recent')}>
      <p className={classes.caption} aria-hidden="true">
        {t('app.recent')}
      </p>
      <ul className={classes.list}>
        {recent.data.slice(0, 5).map((document) => (
          <li key={document.id}>
            <LinkBlock
              to="/documents/$documentId"
              params={{ documentId: document.id }}
              className={`${classes.item} ${classes.recent}`}
              onClick={onNavigate}
              title={document.title}
            >
              <span className={classes.label}>{document.title}</span>
            </LinkBlock>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function PersonMenu(
  props: Pick<RailProps, 'collapsed' | 'onNavigate' | 'onShortcuts'> & {
    position: 'right-end' | 'top-start';
  },
) {
  const { collapsed, position, onNavigate, onShortcuts } = props;
  const me = useMe();
  const signOut = useSignOut();
  return (
    <Menu position={position} width={240} keepMounted={false}>
      <Menu.Target>
        <UnstyledButton
          className={classes.item}
          aria-label={collapsed ? t('app.personMenu', { name: me.name }) : undefined}
        >
          <span className={classes.mark} data-initials={initials(me.name)} aria-hidden="true" />
          {!collapsed && <span className={classes.label}>{me.name}</span>}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.email}</Menu.Label>
        <LinkMenuItem
          to="/settings/$tab"
          params={{ tab: 'profile' }}
          leftSection={<IconUser size={18} />}
          onClick={onNavigate}
        >
          {t('app.profile')}
        </LinkMenuItem>
        <Menu.Item leftSection={<IconKeyboard size={18} />} onClick={onShortcuts}>
          {t('app.shortcuts')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t('app.theme')}</Menu.Label>
        <ThemeItems />
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={18} />} onClick={() => void signOut()}>
          {t('app.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function ThemeItems() {
  const { theme, choose } = useThemeChoice();
  const themes: [ThemeName, string][] = [
    ['system', t('app.themeSystem')],
    ['light', t('app.themeLight')],
    ['dark', t('app.themeDark')],
  ];
  return (
    <Menu.RadioGroup value={theme} onChange={(value) => choose(value as ThemeName)}>
      {themes.map(([value, label]) => (
        <Menu.RadioItem key={value} value={value}>
          {label}
        </Menu.RadioItem>
      ))}
    </Menu.RadioGroup>
  );
}

/** "AL" of "Anna Maria Lindqvist". */
function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => [...(word ?? '')][0] ?? '',
  );
  return letters.join('').toLocaleUpperCase();
}
