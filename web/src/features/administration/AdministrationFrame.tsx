import './messages';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { Suspense, useEffect, useRef } from 'react';
import { t } from '../../app/i18n';
import { LinkBlock } from '../../app/links';
import { PageBody, PageHeader } from '../../app/PageHeader';
import { ListSkeleton } from '../../app/Skeletons';
import { useMe } from '../../app/session';
import { useTitle } from '../../app/useTitle';
import classes from './administration.module.css';
import { NoRights } from './Loaded';
import { PAGES, pagesFor } from './pages';

/** The room around the pages of the administration: which there are for this person, and the one that is open. */
export function AdministrationFrame() {
  const me = useMe();
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const here = PAGES.find(({ to }) => pathname.startsWith(to));
  const pages = pagesFor(me.permissions);
  const permitted = here !== undefined && pages.includes(here);
  const tabs = useRef<HTMLElement>(null);
  useTitle(here ? `${t(here.label)} · ${t('app.administration')}` : t('app.administration'));

  // On a phone the tabs are wider than the screen: the open one must be in sight.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page makes another tab the open one
  useEffect(() => {
    const open = tabs.current?.querySelector<HTMLElement>('[aria-current="page"]');
    const list = open?.closest('ul');
    if (open && list) list.scrollLeft = open.offsetLeft - (list.clientWidth - open.offsetWidth) / 2;
  }, [here]);

  return (
    <PageBody>
      <PageHeader title={t('app.administration')} />
      {pages.length > 0 && (
        <nav ref={tabs} aria-label={t('administration.pages')}>
          <ul className={classes.tabs}>
            {pages.map(({ to, label }) => (
              <li key={to}>
                <LinkBlock to={to} className={classes.tab} activeOptions={{ includeSearch: false }}>
                  {t(label)}
                </LinkBlock>
              </li>
            ))}
          </ul>
        </nav>
      )}
      {permitted ? (
        <Suspense fallback={<ListSkeleton />}>
          <Outlet />
        </Suspense>
      ) : (
        <NoRights />
      )}
    </PageBody>
  );
}
