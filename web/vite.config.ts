import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const server = process.env.CARREL_SERVER ?? 'http://127.0.0.1:8080';

const withDocument = [
  'src/**/*.test.tsx',
  'src/api/events.test.ts',
  'src/app/i18n.test.ts',
  'src/features/documents/editor/*.test.ts',
];

/** React, the router, queries, and the parts of Mantine that the frame itself is made of. */
const base = new RegExp(
  [
    'node_modules/(react|react-dom|scheduler|use-sync-external-store|react-transition-group)/',
    'node_modules/(react-remove-scroll|react-remove-scroll-bar|react-style-singleton|use-sidecar|use-callback-ref)/',
    'node_modules/(clsx|get-nonce|tslib)/',
    'node_modules/@(tanstack|floating-ui)/',
    'node_modules/@mantine/(hooks|notifications|modals)/',
    'node_modules/@mantine/core/esm/(core|utils)/',
    `node_modules/@mantine/core/esm/components/(${[
      'ActionIcon|Anchor|Badge|Box|Button|CloseButton|Divider|Drawer|FocusTrap|Group|Loader|Menu|Modal|ModalBase',
      'Notification|Overlay|Paper|Popover|Portal|Progress|RemoveScroll|ScrollArea|Skeleton|Stack|Text|Title',
      'Tooltip|Transition|UnstyledButton|VisuallyHidden|Floating',
    ].join('|')})/`,
    'src/(app|api|locales/en)/(?!CommandPalette|ShortcutsDialog|SessionExpired|Section|useForm|administration)',
  ].join('|'),
);

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2023',
    // The server's policy is font-src 'self': a font inlined as a data: address would be blocked.
    assetsInlineLimit: 0,
    // One chunk for what every page needs: it compresses better than seventy small ones, costs one request,
    // and stays in the browser's cache when only pages change.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'base', test: base }] } } },
  },
  server: {
    proxy: {
      '/api': server,
      '/objects': server,
      '/health': server,
    },
  },
  test: {
    // A browser's document takes seconds to make on a small machine: only tests that touch one get it.
    projects: [
      {
        extends: true,
        test: { name: 'logic', environment: 'node', include: ['src/**/*.test.ts'], exclude: withDocument },
      },
      { extends: true, test: { name: 'document', environment: 'jsdom', include: withDocument } },
    ],
  },
});
