import { useSyncExternalStore } from 'react';
import { uploadDoor } from '../api';
import { type Upload, Uploads } from './uploads';

/** The one tray of this window: uploads go on while people walk from page to page. */
export const tray = new Uploads(uploadDoor);

export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(tray.subscribe, tray.snapshot);
}
