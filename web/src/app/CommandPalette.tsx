import { useDebouncedValue } from '@mantine/hooks';
import { createSpotlight, Spotlight } from '@mantine/spotlight';
import {
  IconDeviceLaptop,
  IconFilePlus,
  IconFileText,
  IconFileUpload,
  IconMessage2Bolt,
  IconMoon,
  IconSearch,
  IconSun,
  IconTemplate,
} from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { api } from '../api/client';
import type { Document, Page, Prompt, Template } from '../api/types';
import { explainInOneLine } from './explain';
import { t } from './i18n';
import { ADMINISTRATION, PLACES, placesFor, SETTINGS } from './navigation';
import classes from './palette.module.css';
import { useMe } from './session';
import { useThemeChoice } from './ThemeChoice';
import { useCreate } from './useCreate';

interface Command {
  id: string;
  label: string;
  description?: string;
  icon: ReactNode;
  run: () => void;
}

interface Found {
  documents: Document[];
  templates: Template[];
  prompts: Prompt[];
}

/** How many hits of each kind the palette lists. */
const HITS = 5;

/** Ctrl-K: go to, create, search everything, switch theme. */
export function CommandPalette({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [[store, spotlight]] = useState(createSpotlight);
  useEffect(() => (opened ? spotlight.open() : spotlight.close()), [opened, spotlight]);
  const [query, setQuery] = useState('');
  const [asked] = useDebouncedValue(query.trim(), 180);
  const me = useMe();
  const router = useRouter();
  const create = useCreate();
  const { choose } = useThemeChoice();
  const may = (permission: string) => me.permissions.includes(permission);

  const found = useQuery({
    queryKey: ['palette', asked],
    enabled: asked.length >= 2,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<Found> => {
      const list = async <T,>(path: string, permission: string) =>
        may(permission)
          ? (await api.get<Page<T>>(path, { query: { q: asked, limit: HITS }, signal })).items
          : [];
      const [documents, templates, prompts] = await Promise.all([
        list<Document>('/documents', 'documents:use'),
        list<Template>('/templates', 'templates:use'),
        list<Prompt>('/prompts', 'prompts:use'),
      ]);
      return { documents, templates, prompts };
    },
  });

  const places = placesFor(me.permissions, [...PLACES, ADMINISTRATION, SETTINGS]).map(
    (place): Command => ({
      id: `go-${place.key}`,
      label: t(place.label),
      icon: <place.icon size={20} />,
      run: () => void router.navigate({ to: place.to }),
    }),
  );
  const makers: Command[] = [
    { id: 'new-upload', label: t('app.newUpload'), icon: <IconFileUpload size={20} />, run: create.upload },
    { id: 'new-document', label: t('app.newDocument'), icon: <IconFilePlus size={20} />, run: create.blank },
    {
      id: 'new-template',
      label: t('app.newTemplate'),
      icon: <IconTemplate size={20} />,
      run: create.template,
    },
  ];
  const themes: Command[] = [
    {
      id: 'theme-light',
      label: t('app.switchToLight'),
      icon: <IconSun size={20} />,
      run: () => choose('light'),
    },
    {
      id: 'theme-dark',
      label: t('app.switchToDark'),
      icon: <IconMoon size={20} />,
      run: () => choose('dark'),
    },
    {
      id: 'theme-system',
      label: t('app.switchToSystem'),
      icon: <IconDeviceLaptop size={20} />,
      run: () => choose('system'),
    },
  ];
  const hits = asked.length >= 2 && query.trim().length >= 2 ? found.data : undefined;
  const documents = (hits?.documents ?? []).map(
    (document): Command => ({
      id: document.id,
      label: document.title,
      icon: <IconFileText size={20} />,
      run: () => void router.navigate({ to: '/documents/$documentId', params: { documentId: document.id } }),
    }),
  );
  const templates = (hits?.templates ?? []).map(
    (template): Command => ({
      id: template.id,
      label: template.name,
      description: template.description,
      icon: <IconTemplate size={20} />,
      run: () => void router.navigate({ to: '/templates/$templateId', params: { templateId: template.id } }),
    }),
  );
  const prompts = (hits?.prompts ?? []).map(
    (prompt): Command => ({
      id: prompt.id,
      label: prompt.title,
      icon: <IconMessage2Bolt size={20} />,
      run: () => void router.navigate({ to: '/prompts', search: { prompt: prompt.id } }),
    }),
  );

  const words = query.trim().toLocaleLowerCase();
  const matching = (commands: Command[]) =>
    words ? commands.filter(({ label }) => label.toLocaleLowerCase().includes(words)) : commands;
  const groups: [string, Command[]][] = [
    [t('app.paletteGoTo'), matching(places)],
    [t('app.paletteCreate'), matching(makers)],
    [t('app.theme'), words ? matching(themes) : []],
    // What has to be looked up comes last: hits that arrive late must not push another line under the finger.
    [t('app.documents'), documents],
    [t('app.templates'), templates],
    [t('app.prompts'), prompts],
  ];
  const shown = groups.filter(([, commands]) => commands.length > 0);

  return (
    <Spotlight.Root
      store={store}
      query={query}
      onQueryChange={setQuery}
      shortcut={null}
      scrollable
      maxHeight={420}
      radius="md"
      onSpotlightClose={onClose}
      clearQueryOnClose
      attributes={{ content: { 'aria-label': t('app.palette') } }}
      overlayProps={{ backgroundOpacity: 0.3, blur: 0 }}
      classNames={classes}
      yOffset="12vh"
      centered={false}
    >
      <Spotlight.Search
        placeholder={t('app.palettePlaceholder')}
        aria-label={t('app.palettePlaceholder')}
        leftSection={<IconSearch size={20} />}
      />
      <Spotlight.ActionsList>
        {shown.map(([label, commands]) => (
          <Spotlight.ActionsGroup key={label} label={label}>
            {commands.map((command) => (
              <Spotlight.Action
                key={command.id}
                label={command.label}
                description={command.description}
                leftSection={command.icon}
                onClick={() => {
                  spotlight.close();
                  command.run();
                }}
              />
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {found.isError && <Spotlight.Empty role="alert">{explainInOneLine(found.error)}</Spotlight.Empty>}
        {shown.length === 0 && !found.isError && (
          <Spotlight.Empty>
            {found.isFetching ? t('app.searching') : t('app.nothingFound', { query })}
          </Spotlight.Empty>
        )}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
