import { useEffect } from 'react';

let appName = 'Carrel';

/** The workspace's own name, as the administrator set it. */
export function setAppName(name: string) {
  appName = name || 'Carrel';
}

/** Names the browser tab after the page. */
export function useTitle(title: string | null | undefined) {
  useEffect(() => {
    document.title = title ? `${title} · ${appName}` : appName;
  }, [title]);
}
