import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import '@mantine/spotlight/styles.layer.css';
import './app/app.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { preferredLanguage, showLanguage } from './app/i18n';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

// A translation that can't be loaded must not keep anybody out: English is already here.
await showLanguage(preferredLanguage()).catch(() => undefined);

createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
