import {
  Alert,
  Badge,
  Button,
  Drawer,
  Group,
  Stack,
  Switch,
  TagsInput,
  Text,
  TextInput,
} from '@mantine/core';
import { IconCopyPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { hasCode, newIdempotencyKey } from '../../api/client';
import type { Prompt } from '../../api/types';
import { ErrorNotice } from '../../app/ErrorNotice';
import { t } from '../../app/i18n';
import { notifyDone, notifyUndo } from '../../app/notify';
import { TextSkeleton } from '../../app/Skeletons';
import { useMe } from '../../app/session';
import { Time } from '../../app/Time';
import { promptQuery, useSavePrompt } from './api';
import { BodyEditor } from './BodyEditor';
import { NewerNotice } from './NewerNotice';
import { CopyText, sharing, WithVariables } from './PromptRow';
import { variableNames } from './placeholders';
import {
  BLANK_PROMPT,
  isPromptForm,
  type PromptFlaw,
  type PromptForm,
  promptFlaws,
  promptFormOf,
  promptInputOf,
  samePrompt,
  TITLE_LIMIT,
} from './promptForm';
import classes from './prompts.module.css';
import { NEW } from './routes';
import { type FormKind, useKeptForm } from './useKeptForm';

const PROMPT: FormKind<Prompt, PromptForm> = {
  name: 'prompt',
  blank: () => BLANK_PROMPT,
  formOf: promptFormOf,
  same: samePrompt,
  isForm: isPromptForm,
};

interface PromptDrawerProps {
  /** The prompt to show, `new` for one to be written, null for a closed drawer. */
  id: string | null;
  /** The prompt as the list behind the drawer knows it. */
  known: Prompt | undefined;
  /** Tags in use, offered while typing. */
  tags: string[];
  onClose: () => void;
  onDuplicate: (prompt: Prompt) => void;
}

/** Reads, writes and shares one saved prompt. */
export function PromptDrawer({ id, known, tags, onClose, onDuplicate }: PromptDrawerProps) {
  // While the drawer slides away it still shows what it showed.
  const last = useRef(id);
  if (id !== null) last.current = id;
  const shown = id ?? last.current;
  const prompt = useQuery({
    ...promptQuery(shown ?? ''),
    enabled: id !== null && id !== NEW,
    placeholderData: known,
  });
  const title = shown === NEW ? t('library.prompts.new') : t('library.prompts.one');

  return (
    <Drawer
      opened={id !== null}
      onClose={onClose}
      position="right"
      size="lg"
      title={title}
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      {shown === NEW && <PromptEditor key={NEW} prompt={null} tags={tags} onDone={onClose} />}
      {shown !== NEW && prompt.data?.mine && (
        <PromptEditor key={shown} prompt={prompt.data} tags={tags} onDone={onClose} />
      )}
      {shown !== NEW && prompt.data && !prompt.data.mine && (
        <PromptReader prompt={prompt.data} onDuplicate={() => onDuplicate(prompt.data)} />
      )}
      {shown !== NEW && !prompt.data && prompt.error && (
        <ErrorNotice error={prompt.error} retry={() => prompt.refetch()} />
      )}
      {shown !== NEW && !prompt.data && !prompt.error && <TextSkeleton lines={5} />}
    </Drawer>
  );
}

function PromptReader({ prompt, onDuplicate }: { prompt: Prompt; onDuplicate: () => void }) {
  return (
    <Stack gap="md">
      <div>
        <Text fw={600} className={classes.promptText}>
          {prompt.title}
        </Text>
        <Text size="sm" c="dimmed">
          {sharing(prompt)} · {t('library.prompts.uses', { count: prompt.uses })} ·{' '}
          <Time at={prompt.updatedAt} />
        </Text>
      </div>
      <div className={classes.fullText}>
        <WithVariables text={prompt.content} />
      </div>
      {prompt.tags.length > 0 && (
        <div className={classes.tags}>
          {prompt.tags.map((tag) => (
            <Badge key={tag} color="gray" className={classes.tag}>
              {tag}
            </Badge>
          ))}
        </div>
      )}
      <Group gap="xs">
        <Button leftSection={<IconCopyPlus size={16} stroke={1.5} />} onClick={onDuplicate}>
          {t('library.prompts.ownCopy')}
        </Button>
        <CopyText text={prompt.content} />
      </Group>
    </Stack>
  );
}

function PromptEditor({
  prompt,
  tags,
  onDone,
}: {
  prompt: Prompt | null;
  tags: string[];
  onDone: () => void;
}) {
  const me = useMe();
  const work = useKeptForm(me.id, PROMPT, prompt);
  const { form, dirty, newer, change } = work;
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [tried, setTried] = useState(0);
  const [tagTyped, setTagTyped] = useState('');
  const [key] = useState(newIdempotencyKey);
  const root = useRef<HTMLFormElement>(null);
  const save = useSavePrompt();
  const flaws = promptFlaws(form);
  // A conflict is told by the newer version itself, as soon as that is here.
  const failure = newer && hasCode(save.error, 'version_conflict') ? null : save.error;

  useEffect(() => {
    if (tried > 0) root.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tried]);

  const leave = (field: string) => setLeft((last) => new Set([...last, field]));
  const said = (field: string, flaw: PromptFlaw | undefined) =>
    flaw && (tried > 0 || left.has(field)) ? t(`library.errors.${flaw}`) : undefined;

  const submit = (version: number | null) => {
    if (save.isPending) return;
    if (Object.keys(flaws).length > 0) {
      setTried((count) => count + 1);
      return;
    }
    save.mutate(
      {
        over: prompt && version !== null ? { id: prompt.id, version } : null,
        input: promptInputOf(form),
        key,
      },
      {
        onSuccess: (made) => {
          if (prompt) work.accept(made, form);
          else work.settle();
          notifyDone(t('library.prompts.saved', { title: made.title }));
          onDone();
        },
      },
    );
  };

  const takeTheirs = () => {
    const mine = form;
    work.rebase(prompt);
    save.reset();
    notifyUndo(t('library.editor.theirsLoaded'), () => work.rebase(prompt, mine));
  };

  const keepMine = () => {
    work.rebase(prompt, form);
    submit(prompt?.version ?? null);
  };

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    submit(work.version);
  };

  return (
    <form ref={root} onSubmit={onSubmit} noValidate>
      <Stack gap="md">
        {newer && !save.isPending && (
          <NewerNotice version={newer.version} onTakeTheirs={takeTheirs} onKeepMine={keepMine}>
            {t('library.prompts.newerText')}
          </NewerNotice>
        )}
        {work.keptSince && !newer && (
          <Alert color="gray" title={t('library.editor.keptTitle')}>
            {t('library.editor.keptText')} <Time at={work.keptSince} />
            <Group mt="sm">
              <Button size="xs" variant="default" onClick={() => work.rebase(prompt)}>
                {t('library.editor.discard')}
              </Button>
            </Group>
          </Alert>
        )}
        <TextInput
          label={t('library.prompts.titleField')}
          required
          data-autofocus={prompt === null || undefined}
          value={form.title}
          maxLength={TITLE_LIMIT * 2}
          error={said('title', flaws.title)}
          onChange={(event) => change({ title: event.currentTarget.value })}
          onBlur={() => form.title !== '' && leave('title')}
        />
        <BodyEditor
          label={t('library.prompts.content')}
          required
          placeholder={t('library.prompts.contentPlaceholder')}
          value={form.content}
          names={variableNames(form.content)}
          error={said('content', flaws.content)}
          lines={8}
          onChange={(content) => change({ content })}
          onBlur={() => form.content !== '' && leave('content')}
        />
        <Text size="xs" c="dimmed" mt={-8}>
          {t('library.prompts.contentHint')}
        </Text>
        <TagsInput
          label={t('library.prompts.tags')}
          // Offered only while a tag is being typed: an open list would cover the buttons below.
          data={tagTyped === '' ? [] : tags}
          searchValue={tagTyped}
          onSearchChange={setTagTyped}
          value={form.tags}
          error={said('tags', flaws.tags)}
          placeholder={form.tags.length === 0 ? t('library.prompts.tagsPlaceholder') : undefined}
          onChange={(value) => change({ tags: value })}
          onBlur={() => leave('tags')}
        />
        <Switch
          label={t('library.prompts.shareLabel')}
          description={t('library.prompts.shareHint')}
          checked={form.shared}
          onChange={(event) => change({ shared: event.currentTarget.checked })}
        />
        {failure && <ErrorNotice error={failure} compact />}
      </Stack>
      <div className={classes.drawerFoot}>
        <Button variant="default" onClick={onDone}>
          {t('app.close')}
        </Button>
        <Button type="submit" loading={save.isPending} disabled={prompt !== null && !dirty}>
          {t('app.save')}
        </Button>
      </div>
    </form>
  );
}
