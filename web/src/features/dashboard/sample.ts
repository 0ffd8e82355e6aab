import { currentLanguage } from '../../app/i18n';

const loaders = import.meta.glob<string>('./sample/*.md', { query: '?raw', import: 'default' });

/** The sample document in the language on screen, as if it had been chosen from this computer. */
export async function sampleDocument(): Promise<File> {
  const load = loaders[`./sample/${currentLanguage()}.md`] ?? loaders['./sample/en.md'];
  if (!load) throw new Error('the sample document is missing from this build');
  const text = await load();
  const title = text.match(/^# (.+)$/m)?.[1] ?? 'Sample';
  return new File([text], `${title}.md`, { type: 'text/markdown' });
}
