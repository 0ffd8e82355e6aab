import { Button, CloseButton, Group, Menu, Stack, Text, Textarea, TextInput, Tooltip } from '@mantine/core';
import { IconBookmarks, IconSparkles } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEditorState } from '@tiptap/react';
import { type FormEvent, type KeyboardEvent, useEffect, useState } from 'react';
import type { Prompt } from '../../../api/types';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { t } from '../../../app/i18n';
import { useKept } from '../../../app/useKept';
import { promptChoices } from '../api';
import { useDesk } from '../document/desk';
import classes from './ai.module.css';
import { ModelChoice } from './ModelChoice';
import { QUICK_WISHES } from './wishes';

interface Wish {
  prompt: string;
  saved: Pick<Prompt, 'id' | 'title' | 'content' | 'variables'> | null;
  variables: Record<string, string>;
  model: string | null;
}

const EMPTY: Wish = { prompt: '', saved: null, variables: {}, model: null };

function promptOf({ prompt, saved }: Wish): string {
  return prompt.trim() || (saved?.content ?? '');
}

/** Says in words what should change, in the whole draft or in what is selected. */
export function RefineForm() {
  const desk = useDesk();
  const { editor } = desk;
  const prompts = useQuery(promptChoices);
  const [wish, setWish] = useKept<Wish>(`refine.${desk.document.id}`, EMPTY);
  const [sent, setSent] = useKept<Wish | null>(`refine.${desk.document.id}.sent`, null);
  const [whole, setWhole] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const selected =
    useEditorState({
      editor,
      selector: ({ editor: open }) => {
        if (!open || open.isDestroyed) return '';
        const { from, to } = open.state.selection;
        return open.state.doc.textBetween(from, Math.min(to, from + 200), ' ').trim();
      },
    }) ?? '';
  const onlySelection = selected !== '' && !whole;
  const { saved } = wish;
  const missing = saved?.variables.filter((name) => !wish.variables[name]?.trim()) ?? [];
  const mayAsk = (wish.prompt.trim() !== '' || saved !== null) && missing.length === 0 && !desk.active;

  const isRefining = desk.active?.feature === 'refine';
  const isLost = sent !== null && desk.ended?.prompt === promptOf(sent);
  useEffect(() => {
    if (!sent) return;
    // A wish that led to nothing comes back, to be put differently; tried again, it goes once more.
    if (isLost) setWish((now) => (now.prompt === '' && !now.saved ? sent : now));
    else if (isRefining) setWish((now) => (now === sent ? { ...EMPTY, model: now.model } : now));
  }, [sent, isLost, isRefining, setWish]);

  const ask = async (prompt: string, own: boolean) => {
    setBusy(true);
    setFailure(null);
    setSent(own ? wish : null);
    try {
      await desk.startRefine({
        prompt,
        model: wish.model ?? undefined,
        onlySelection,
        ...(own && saved && { promptId: saved.id, variables: wish.variables }),
      });
      // Words typed while it was sent are the next wish.
      if (own) setWish((current) => (current === wish ? { ...EMPTY, model: wish.model } : current));
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };

  const submit = (event: FormEvent | KeyboardEvent) => {
    event.preventDefault();
    if (mayAsk) void ask(promptOf(wish), true);
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        {saved && (
          <div className={classes.saved}>
            <Group justify="space-between" wrap="nowrap" gap="xs">
              <Text fw={600} truncate>
                {saved.title}
              </Text>
              <Tooltip label={t('documents.refine.dropPrompt')}>
                <CloseButton
                  size="sm"
                  aria-label={t('documents.refine.dropPrompt')}
                  onClick={() => setWish((current) => ({ ...current, saved: null, variables: {} }))}
                />
              </Tooltip>
            </Group>
            <Text fz="xs" c="dimmed" lineClamp={3}>
              {saved.content}
            </Text>
            {saved.variables.map((name) => (
              <TextInput
                key={name}
                size="xs"
                mt="xs"
                label={name}
                required
                value={wish.variables[name] ?? ''}
                onChange={(event) => {
                  const { value } = event.currentTarget;
                  setWish((current) => ({ ...current, variables: { ...current.variables, [name]: value } }));
                }}
              />
            ))}
          </div>
        )}
        <Textarea
          label={saved ? t('documents.refine.alsoMind') : t('documents.refine.ask')}
          placeholder={t('documents.refine.example')}
          autosize
          minRows={saved ? 1 : 3}
          maxRows={10}
          maxLength={20_000}
          value={wish.prompt}
          onChange={(event) => {
            const prompt = event.currentTarget.value;
            setWish((current) => ({ ...current, prompt }));
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event);
          }}
        />
        {!saved && (
          <Group gap={6}>
            {QUICK_WISHES.map(({ key, prompt }) => (
              <Button
                key={key}
                size="compact-xs"
                variant="default"
                radius="xl"
                disabled={desk.active !== null || busy}
                onClick={() => void ask(prompt, false)}
              >
                {t(`documents.quick.${key}`)}
              </Button>
            ))}
            {(prompts.data?.items.length ?? 0) > 0 && (
              <Menu position="bottom-start" width={280}>
                <Menu.Target>
                  <Button
                    size="compact-xs"
                    variant="default"
                    radius="xl"
                    leftSection={<IconBookmarks size={14} />}
                  >
                    {t('documents.refine.savedPrompts')}
                  </Button>
                </Menu.Target>
                <Menu.Dropdown className={classes.promptMenu}>
                  {prompts.data?.items.map((prompt) => (
                    <Menu.Item
                      key={prompt.id}
                      onClick={() =>
                        setWish((current) => ({
                          ...current,
                          variables: {},
                          saved: {
                            id: prompt.id,
                            title: prompt.title,
                            content: prompt.content,
                            variables: prompt.variables,
                          },
                        }))
                      }
                    >
                      {prompt.title}
                    </Menu.Item>
                  ))}
                </Menu.Dropdown>
              </Menu>
            )}
          </Group>
        )}
        <ModelChoice value={wish.model} onChange={(model) => setWish((current) => ({ ...current, model }))} />
        {selected !== '' && (
          <div className={classes.scope}>
            <Text fz="xs" lineClamp={2}>
              {onlySelection
                ? t('documents.refine.onlySelection', { text: selected })
                : t('documents.refine.wholeDraft')}
            </Text>
            <Button size="compact-xs" variant="subtle" onClick={() => setWhole(!whole)}>
              {onlySelection ? t('documents.refine.takeWhole') : t('documents.refine.takeSelection')}
            </Button>
          </div>
        )}
        {failure !== null && <ErrorNotice error={failure} compact />}
        <Button type="submit" leftSection={<IconSparkles size={18} />} loading={busy} disabled={!mayAsk}>
          {onlySelection ? t('documents.refine.suggestSelection') : t('documents.refine.suggest')}
        </Button>
      </Stack>
    </form>
  );
}
