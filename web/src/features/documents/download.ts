import type { Document } from '../../api/types';
import { notifyFailure } from '../../app/notify';
import { originalFile } from './api';

/** Starts a download of a short-lived address without leaving the page. */
export function startDownload(url: string, name: string): void {
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.rel = 'noopener';
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
}

/** Downloads the file a document was made of. */
export function downloadOriginal({ id, originalName, title }: Document): void {
  originalFile(id)
    .then(({ url }) => startDownload(url, originalName ?? title))
    .catch(notifyFailure);
}
