import { MantineProvider } from '@mantine/core';
import { ModalsProvider } from '@mantine/modals';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { t, useLanguage } from './i18n';
import { styleNonce } from './nonce';
import { queryClient } from './queryClient';
import { router } from './router';
import { cssVariables, theme } from './theme';

/** Everything around the pages. A change of language draws them anew. */
export function App() {
  const language = useLanguage();
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <QueryClientProvider client={queryClient}>
        <ModalsProvider labels={{ confirm: t('app.confirm'), cancel: t('app.cancel') }}>
          <Notifications position="bottom-right" zIndex={400} />
          <RouterProvider key={language} router={router} />
        </ModalsProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
