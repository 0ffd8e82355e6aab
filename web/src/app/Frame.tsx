import { ActionIcon, Drawer, Tooltip, useMantineColorScheme } from '@mantine/core';
import { useDisclosure, useLocalStorage, useMediaQuery } from '@mantine/hooks';
import { IconMenu2, IconSearch } from '@tabler/icons-react';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { onSessionExpired } from '../api/client';
import { ActivityBell } from '../features/activity/ActivityBell';
import { UploadTray } from '../features/documents/list/UploadTray';
import classes from './frame.module.css';
import { t } from './i18n';
import { Logo } from './Logo';
import { LinkBlock } from './links';
import { Rail } from './Rail';
import { ListSkeleton } from './Skeletons';
import { useMe, useWorkspaceName } from './session';
import { useShortcuts } from './useShortcuts';

// What most visits never open is loaded when it is asked for.
const loadPalette = () => import('./CommandPalette');
const CommandPalette = lazy(() => loadPalette().then((module) => ({ default: module.CommandPalette })));
const ShortcutsDialog = lazy(() =>
  import('./ShortcutsDialog').then((module) => ({ default: module.ShortcutsDialog })),
);
const SessionExpired = lazy(() =>
  import('./SessionExpired').then((module) => ({ default: module.SessionExpired })),
);

/** The room around every page: rail (a drawer on phones), main, and what floats above. */
export function Frame() {
  const me = useMe();
  const appName = useWorkspaceName();
  const { setColorScheme } = useMantineColorScheme();
  const [drawer, { open, close }] = useDisclosure(false);
  const [collapsed, setCollapsed] = useLocalStorage({ key: 'carrel.rail', defaultValue: false });
  const [palette, { open: openPalette, close: closePalette, toggle: togglePalette }] = useDisclosure(false);
  const [keys, { open: openKeys, close: closeKeys }] = useDisclosure(false);
  const paletteLoaded = useEver(palette);
  const keysLoaded = useEver(keys);
  const [ended, setEnded] = useState(false);
  const phone = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  const pathname = useRouterState({ select: (state) => state.resolvedLocation?.pathname ?? '' });
  const main = useRef<HTMLElement>(null);
  const shown = useRef(pathname);

  useEffect(() => setColorScheme(me.theme === 'system' ? 'auto' : me.theme), [me.theme, setColorScheme]);
  useEffect(() => {
    // Who presses Ctrl-K types on at once: when the page has come to rest, the palette is fetched ahead.
    const timer = setTimeout(() => void loadPalette().catch(() => undefined), 500);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => onSessionExpired(() => setEnded(true)), []);

  useEffect(() => {
    if (shown.current === pathname) return;
    // A new page: the drawer has done its work, and the keyboard continues in the page, not in the rail.
    const first = shown.current === '';
    shown.current = pathname;
    close();
    if (!first && !main.current?.contains(document.activeElement))
      main.current?.focus({ preventScroll: true });
  }, [pathname, close]);

  useShortcuts({
    toggleRail: () => setCollapsed((current) => !current),
    togglePalette,
    showKeys: openKeys,
  });

  return (
    <div className={classes.frame} data-collapsed={(!phone && collapsed) || undefined}>
      <a className={classes.skip} href="#main">
        {t('app.skipToContent')}
      </a>
      {phone ? (
        <nav className={classes.top} aria-label={t('app.top')}>
          <Tooltip label={t('app.openMenu')}>
            <ActionIcon onClick={open} aria-label={t('app.openMenu')} aria-expanded={drawer}>
              <IconMenu2 />
            </ActionIcon>
          </Tooltip>
          <LinkBlock to="/" className={classes.brand}>
            <Logo />
            <span>{appName}</span>
          </LinkBlock>
          <div className={classes.topEnd}>
            <ActivityBell />
            <Tooltip label={t('app.palette')}>
              <ActionIcon onClick={openPalette} aria-label={t('app.palette')}>
                <IconSearch />
              </ActionIcon>
            </Tooltip>
          </div>
        </nav>
      ) : (
        <aside className={classes.rail} aria-label={t('app.rail')}>
          <Rail
            collapsed={collapsed}
            onCollapse={() => setCollapsed((current) => !current)}
            onSearch={openPalette}
            onShortcuts={openKeys}
          />
        </aside>
      )}
      {phone && (
        <Drawer
          opened={drawer}
          onClose={close}
          size={280}
          padding={0}
          withCloseButton={false}
          attributes={{ content: { 'aria-label': t('app.navigation') } }}
        >
          <Rail collapsed={false} onNavigate={close} onSearch={openPalette} onShortcuts={openKeys} />
        </Drawer>
      )}
      <main id="main" ref={main} className={classes.main} tabIndex={-1}>
        <Suspense fallback={<ListSkeleton />}>
          <Outlet />
        </Suspense>
      </main>
      <UploadTray />
      <Suspense fallback={null}>
        {paletteLoaded && <CommandPalette opened={palette} onClose={closePalette} />}
        {keysLoaded && <ShortcutsDialog opened={keys} onClose={closeKeys} />}
        {ended && <SessionExpired onEntered={() => setEnded(false)} />}
      </Suspense>
    </div>
  );
}

/** True from the first time `condition` was: a dialog stays mounted to close in peace and return the focus. */
function useEver(condition: boolean): boolean {
  const [ever, setEver] = useState(condition);
  if (condition && !ever) setEver(true);
  return ever || condition;
}
