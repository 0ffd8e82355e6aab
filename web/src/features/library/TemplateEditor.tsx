import { ActionIcon, Alert, Badge, Button, Group, Menu, SegmentedControl, Tooltip } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconCopy, IconDots, IconHistory, IconRotate, IconTrash } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { ApiError, hasCode, newIdempotencyKey } from '../../api/client';
import type { Template } from '../../api/types';
import { ErrorNotice } from '../../app/ErrorNotice';
import { t } from '../../app/i18n';
import { notifyDone, notifyFailure, notifyUndo } from '../../app/notify';
import { PageBody, PageHeader } from '../../app/PageHeader';
import { useMe } from '../../app/session';
import { Time } from '../../app/Time';
import { templateQuery, useCreateTemplate, useDuplicateTemplate, useSaveTemplate } from './api';
import { NewerNotice } from './NewerNotice';
import { PreviewPane } from './PreviewPane';
import { templateRoute } from './routes';
import { type Tab, TemplateFields } from './TemplateFields';
import classes from './templateEditor.module.css';
import { firstFlawed, inputOf, sectionOf } from './templateForm';
import { useRemoval } from './useRemoval';
import { useTemplateForm } from './useTemplateForm';
import { VersionsDrawer } from './VersionsDrawer';

/** Writes a template beside the page it makes. Saving is a person's own act: each save is a version. */
export function TemplateEditor({ template }: { template: Template | null }) {
  const me = useMe();
  const cache = useQueryClient();
  const navigate = templateRoute.useNavigate();
  const work = useTemplateForm(me.id, template);
  const { form, flaws, dirty, newer } = work;
  const create = useCreateTemplate();
  const save = useSaveTemplate(template?.id ?? '');
  const duplicate = useDuplicateTemplate();
  const remove = useRemoval('templates');
  const readOnly = template !== null && !template.mine;
  const [tab, setTab] = useState<Tab>('text');
  const [pane, setPane] = useState<'edit' | 'preview'>('edit');
  const [attempts, setAttempts] = useState(0);
  const [versionsOpen, setVersionsOpen] = useState(false);
  const fields = useRef<HTMLDivElement>(null);
  // One key for one template to be made, so that a second click after a lost answer makes no second one.
  const [creationKey] = useState(newIdempotencyKey);
  const saving = create.isPending || save.isPending;
  const failure = create.error ?? (hasCode(save.error, 'version_conflict') ? null : save.error);

  // After a refused save the first field at fault gets the focus, once it is on screen.
  useEffect(() => {
    if (attempts > 0) fields.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [attempts]);

  const show = (section: ReturnType<typeof firstFlawed>) => {
    if (section && section !== 'about') setTab(section);
    setPane('edit');
    setAttempts((count) => count + 1);
  };

  const submit = (version: number | null) => {
    if (saving || readOnly) return;
    create.reset();
    save.reset();
    const flawed = firstFlawed(flaws);
    if (flawed) return show(flawed);
    const input = inputOf(form);
    if (!template || version === null) {
      create.mutate(
        { input, key: creationKey },
        {
          onSuccess: (made) => {
            work.settle();
            void navigate({
              to: '/templates/$templateId',
              params: { templateId: made.id },
              replace: true,
              ignoreBlocker: true,
            });
            notifyDone(t('library.editor.created', { name: made.name }));
          },
          onError: complain,
        },
      );
      return;
    }
    save.mutate(
      { input, version },
      {
        onSuccess: (saved) => work.accept(saved, form),
        onError: (error) => {
          // What the others saved is fetched, so that the choice below can be made.
          if (hasCode(error, 'version_conflict')) {
            void cache.invalidateQueries({ queryKey: templateQuery(template.id).queryKey });
          } else complain(error);
        },
      },
    );
  };

  /** Opens the part of the form that the server found fault with. */
  const complain = (error: Error) => {
    const at = error instanceof ApiError ? error.fieldErrors[0] : undefined;
    if (at) show(sectionOf(at));
  };

  useHotkeys([['mod+S', () => submit(work.version)]], []);

  const discard = () => {
    const mine = form;
    work.rebase(template);
    notifyUndo(t('library.editor.discarded'), () => work.rebase(template, mine));
  };

  const takeTheirs = () => {
    const mine = form;
    work.rebase(template);
    save.reset();
    notifyUndo(t('library.editor.theirsLoaded'), () => work.rebase(template, mine));
  };

  const keepMine = () => {
    work.rebase(template, form);
    submit(template?.version ?? null);
  };

  const copy = () => {
    if (!template) return;
    duplicate.mutate(template.id, {
      onSuccess: (made) => {
        void navigate({ to: '/templates/$templateId', params: { templateId: made.id } });
        notifyDone(t('library.editor.created', { name: made.name }));
      },
      onError: notifyFailure,
    });
  };

  const discardItem = dirty && (
    <Menu.Item leftSection={<IconRotate size={16} stroke={1.5} />} onClick={discard}>
      {t('library.editor.discard')}
    </Menu.Item>
  );

  return (
    <PageBody wide>
      <div className={classes.editor}>
        <div className={classes.editorHead}>
          <PageHeader
            title={template?.name ?? t('library.editor.newTitle')}
            crumbs={[{ label: t('library.templates.title'), to: '/templates' }]}
            actions={
              <>
                <span className={classes.state} aria-live="polite">
                  <SaveState template={template} dirty={dirty} saving={saving} readOnly={readOnly} />
                </span>
                {(template || dirty) && (
                  <Menu>
                    <Menu.Target>
                      <Tooltip label={t('library.actions')}>
                        <ActionIcon size={36} aria-label={t('library.actions')}>
                          <IconDots size={18} stroke={1.5} />
                        </ActionIcon>
                      </Tooltip>
                    </Menu.Target>
                    <Menu.Dropdown>
                      {template && (
                        <>
                          <Menu.Item
                            leftSection={<IconHistory size={16} stroke={1.5} />}
                            onClick={() => setVersionsOpen(true)}
                          >
                            {t('library.versions.open')}
                          </Menu.Item>
                          <Menu.Item leftSection={<IconCopy size={16} stroke={1.5} />} onClick={copy}>
                            {t('library.templates.duplicate')}
                          </Menu.Item>
                        </>
                      )}
                      {discardItem}
                      {template && !readOnly && (
                        <Menu.Item
                          color="red"
                          leftSection={<IconTrash size={16} stroke={1.5} />}
                          onClick={() => {
                            work.settle();
                            remove(template.id, template.name);
                            void navigate({ to: '/templates', search: {} });
                          }}
                        >
                          {t('app.delete')}
                        </Menu.Item>
                      )}
                    </Menu.Dropdown>
                  </Menu>
                )}
                {readOnly ? (
                  <Button
                    leftSection={<IconCopy size={16} stroke={1.5} />}
                    loading={duplicate.isPending}
                    onClick={copy}
                  >
                    {t('library.templates.duplicateToEdit')}
                  </Button>
                ) : (
                  <Button
                    onClick={() => submit(work.version)}
                    loading={saving}
                    disabled={template !== null && !dirty}
                  >
                    {t(template ? 'app.save' : 'library.editor.create')}
                  </Button>
                )}
              </>
            }
          />
        </div>
        <SegmentedControl
          className={classes.switchPane}
          fullWidth
          aria-label={t('library.editor.pane')}
          value={pane}
          onChange={(value) => setPane(value === 'preview' ? 'preview' : 'edit')}
          data={[
            { value: 'edit', label: t(readOnly ? 'library.editor.paneRead' : 'library.editor.paneEdit') },
            { value: 'preview', label: t('library.editor.panePreview') },
          ]}
        />
        {newer && !saving && (
          <NewerNotice version={newer.version} onTakeTheirs={takeTheirs} onKeepMine={keepMine}>
            {t('library.editor.newerText')}
          </NewerNotice>
        )}
        {work.keptSince && !newer && (
          <Alert color="gray" mb="lg" title={t('library.editor.keptTitle')}>
            {t('library.editor.keptText')} <Time at={work.keptSince} />
            <Group gap="xs" mt="sm">
              <Button size="xs" variant="default" onClick={discard}>
                {t(template ? 'library.editor.discard' : 'library.editor.startAnew')}
              </Button>
            </Group>
          </Alert>
        )}
        {failure && (
          <div className={classes.gapBelow}>
            <ErrorNotice error={failure} retry={() => submit(work.version)} />
            <FieldDetails error={failure} />
          </div>
        )}
        <div className={classes.workbench} data-pane={pane}>
          <div className={classes.editColumn} ref={fields}>
            <TemplateFields
              form={form}
              flaws={flaws}
              showFlaws={attempts > 0}
              readOnly={readOnly}
              isNew={template === null}
              tab={tab}
              onTab={setTab}
              onChange={work.change}
            />
          </div>
          <div className={classes.previewColumn}>
            <PreviewPane body={form.body} variables={form.variables} letterhead={form.letterhead} />
          </div>
        </div>
        {template && (
          <VersionsDrawer
            template={template}
            opened={versionsOpen}
            onClose={() => setVersionsOpen(false)}
            unsaved={dirty}
            readOnly={readOnly}
          />
        )}
      </div>
    </PageBody>
  );
}

/** What the server found wrong in single fields, in its own words: our own checks say nearly all of it before. */
function FieldDetails({ error }: { error: Error }) {
  if (!(error instanceof ApiError) || error.fieldErrors.length === 0) return null;
  return (
    <ul className={classes.fieldDetails}>
      {error.fieldErrors.map(({ field, detail }) => (
        <li key={`${field} ${detail}`}>{detail}</li>
      ))}
    </ul>
  );
}

function SaveState(props: { template: Template | null; dirty: boolean; saving: boolean; readOnly: boolean }) {
  const { template } = props;
  if (props.readOnly) return <Badge>{t('library.templates.shared')}</Badge>;
  if (props.saving) return t('library.editor.saving');
  if (props.dirty) return t('library.editor.unsaved');
  if (!template) return null;
  return (
    <>
      {t('library.editor.saved', { version: template.version })}
      <Time at={template.updatedAt} />
    </>
  );
}
