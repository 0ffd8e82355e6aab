import { Outlet } from '@tanstack/react-router';
import { Suspense } from 'react';
import { Logo } from '../../app/Logo';
import { TextSkeleton } from '../../app/Skeletons';
import { useWorkspaceName } from '../../app/session';
import classes from './door.module.css';

/** The quiet sheet in front of the workspace: set-up, sign-in, sign-up. */
export function Door() {
  const appName = useWorkspaceName();
  return (
    <div className={classes.door}>
      <header className={classes.brand}>
        <Logo size={32} />
        <span>{appName}</span>
      </header>
      <main className={classes.sheet}>
        <Suspense fallback={<TextSkeleton lines={4} />}>
          <Outlet />
        </Suspense>
      </main>
    </div>
  );
}
