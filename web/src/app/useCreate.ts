import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { createDocument } from '../features/documents/api';
import { tray } from '../features/documents/list/tray';
import { ACCEPTED_FILES } from '../features/documents/list/uploads';
import { t } from './i18n';
import { notifyFailure } from './notify';

/** The ways to begin something, used by the rail, the palette and the dashboard. */
export function useCreate() {
  const router = useRouter();
  const queryClient = useQueryClient();

  const blank = useMutation({
    mutationFn: () => createDocument(t('app.untitled')),
    onSuccess: async (document) => {
      void queryClient.invalidateQueries({ queryKey: ['documents'] });
      await router.navigate({ to: '/documents/$documentId', params: { documentId: document.id } });
    },
    onError: notifyFailure,
  });

  /** Sends files in; a single one is opened when it has arrived, if nobody walked away meanwhile. */
  const bring = (files: File[]) => {
    if (files.length === 0) return;
    const [only, ...others] = tray.add(files);
    if (others.length === 0) {
      const stop = tray.onArrival((document, id) => {
        if (id !== only) return;
        stop();
        if (['/', '/documents'].includes(router.state.location.pathname)) {
          void router.navigate({ to: '/documents/$documentId', params: { documentId: document.id } });
        }
      });
    } else {
      void router.navigate({ to: '/documents' });
    }
  };

  const upload = () => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.accept = ACCEPTED_FILES;
    input.addEventListener('change', () => bring(Array.from(input.files ?? [])));
    input.click();
  };

  const template = () => {
    void router.navigate({ to: '/templates/$templateId', params: { templateId: 'new' } });
  };

  return { upload, bring, blank: () => blank.mutate(), blankBusy: blank.isPending, template };
}
