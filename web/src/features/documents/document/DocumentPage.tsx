import {
  ActionIcon,
  Badge,
  Button,
  CloseButton,
  Drawer,
  Menu,
  SegmentedControl,
  Text,
  Tooltip,
} from '@mantine/core';
import {
  IconArrowLeft,
  IconDots,
  IconDownload,
  IconHistory,
  IconLayoutSidebarLeftExpand,
  IconSparkles,
  IconTrash,
} from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Document } from '../../../api/types';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { t } from '../../../app/i18n';
import { LinkIcon } from '../../../app/links';
import { notifyFailure } from '../../../app/notify';
import { PageBody, PageHeader } from '../../../app/PageHeader';
import { ListSkeleton } from '../../../app/Skeletons';
import { AiPanel } from '../ai/AiPanel';
import { documentQuery, keys, retryExtraction } from '../api';
import { downloadOriginal } from '../download';
import { useTrash } from '../list/useTrash';
import { isOwn, mayWrite } from '../sharing/roles';
import { SharedWith } from '../sharing/SharedWith';
import { SourcePane } from '../source/SourcePane';
import { DraftPane, isUnreadable } from './DraftPane';
import { DeskContext } from './desk';
import classes from './document.module.css';
import { ExportMenu } from './ExportMenu';
import { SaveStateLine } from './SaveStateLine';
import { TitleField } from './TitleField';
import { useDeskState } from './useDeskState';
import { useWidth } from './useWidth';
import { VersionsPanel } from './VersionsPanel';

const route = getRouteApi('/frame/documents/$documentId');

/** Below this width, in pixels, one pane is shown at a time. */
const ONE_PANE = 720;
/** Below this width, in pixels, an open panel takes the place of the source. */
const THREE_PANES = 1240;

type Panel = 'ai' | 'versions';

export function DocumentPage() {
  const { documentId } = route.useParams();
  const document = useQuery(documentQuery(documentId));
  if (document.isPending) return <ListSkeleton rows={8} />;
  if (document.isError && !document.data) {
    return (
      <PageBody>
        <PageHeader
          title={t('documents.document.unavailable')}
          crumbs={[{ label: t('documents.title'), to: '/documents' }]}
        />
        <ErrorNotice error={document.error} retry={() => void document.refetch()} />
      </PageBody>
    );
  }
  if (document.data.deletedAt) return <TrashedDocument document={document.data} />;
  return <OpenDocument key={documentId} document={document.data} />;
}

function TrashedDocument({ document }: { document: Document }) {
  const { restore } = useTrash();
  return (
    <PageBody>
      <PageHeader
        title={document.title}
        description={t('documents.document.inTrash')}
        crumbs={[{ label: t('documents.title'), to: '/documents' }]}
      />
      <Button onClick={() => void restore([document.id])}>{t('documents.trash.restore')}</Button>
    </PageBody>
  );
}

function OpenDocument({ document }: { document: Document }) {
  const desk = useDeskState(document);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { trash } = useTrash();
  const page = useRef<HTMLDivElement>(null);
  const width = useWidth(page);
  const writes = mayWrite(document);
  const hasFile = document.originalName !== null;
  const hasSource = hasFile && !isUnreadable(document);
  const [sourceOpen, setSourceOpen] = useState(true);
  const [panel, setPanel] = useState<Panel | null>(null);
  const [tab, setTab] = useState<'source' | 'draft'>('draft');
  const onePane = width > 0 && width < ONE_PANE;
  const roomy = width >= THREE_PANES;
  const showSource = hasSource && (onePane ? tab === 'source' : sourceOpen && (roomy || panel === null));
  const showDraft = !onePane || tab === 'draft' || !hasSource;

  const openRefine = useCallback(() => setPanel('ai'), []);
  const waiting = desk.refinement?.id;
  const beside = width >= ONE_PANE;
  useEffect(() => {
    // On a phone the panel covers the draft: there the suggestions are seen in it first.
    if (waiting && beside) setPanel('ai');
  }, [waiting, beside]);

  const retry = () =>
    void retryExtraction(document.id)
      .then((next) => queries.setQueryData(keys.one(document.id), next))
      .catch(notifyFailure);
  const download = () => downloadOriginal(document);
  const remove = async () => {
    if (!(await desk.flush())) return;
    await navigate({ to: '/documents' });
    await trash([document]);
  };

  const panelBody = panel === 'ai' ? <AiPanel /> : panel === 'versions' ? <VersionsPanel /> : null;
  const panelTitle = panel && t(panel === 'ai' ? 'documents.ai.title' : 'documents.versions.title');
  const toggle = (which: Panel) => setPanel(panel === which ? null : which);

  return (
    <DeskContext value={desk}>
      <div ref={page} className={classes.page} data-one-pane={onePane || undefined}>
        <header className={classes.top}>
          <Tooltip label={t('documents.document.back')}>
            <LinkIcon to="/documents" aria-label={t('documents.document.back')}>
              <IconArrowLeft size={20} />
            </LinkIcon>
          </Tooltip>
          <TitleField document={document} />
          {!writes && (
            <Badge variant="light" color="gray">
              {t('documents.share.readOnly')}
            </Badge>
          )}
          {writes && desk.saving && <SaveStateLine autosave={desk.saving.autosave} />}
          <div className={classes.actions}>
            {writes && desk.draft && desk.active?.feature !== 'draft' && (
              <Button
                className={classes.action}
                variant={panel === 'ai' ? 'light' : 'default'}
                leftSection={<IconSparkles size={18} />}
                aria-label={t('documents.ai.open')}
                aria-expanded={panel === 'ai'}
                onClick={() => toggle('ai')}
              >
                <span className={classes.actionText}>{t('documents.ai.open')}</span>
              </Button>
            )}
            <SharedWith document={document} />
            <ExportMenu />
            <Menu width={230}>
              <Menu.Target>
                <ActionIcon aria-label={t('documents.document.more')}>
                  <IconDots size={20} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item
                  leftSection={<IconHistory size={16} />}
                  disabled={!desk.draft}
                  onClick={() => setPanel('versions')}
                >
                  {t('documents.versions.title')}
                </Menu.Item>
                {hasFile && (
                  <Menu.Item leftSection={<IconDownload size={16} />} onClick={download}>
                    {t('documents.list.downloadOriginal')}
                  </Menu.Item>
                )}
                {isOwn(document) && (
                  <>
                    <Menu.Divider />
                    <Menu.Item leftSection={<IconTrash size={16} />} onClick={() => void remove()}>
                      {t('documents.trash.move')}
                    </Menu.Item>
                  </>
                )}
              </Menu.Dropdown>
            </Menu>
          </div>
        </header>
        {onePane && hasSource && (
          <SegmentedControl
            className={classes.tabs}
            value={tab}
            data={[
              { value: 'source', label: t('documents.source.title') },
              { value: 'draft', label: t('documents.draft.title') },
            ]}
            onChange={(value) => setTab(value as typeof tab)}
            aria-label={t('documents.document.panes')}
          />
        )}
        <div
          className={classes.panes}
          data-source={(showSource && !onePane) || undefined}
          data-panel={(panel !== null && !onePane) || undefined}
        >
          {hasSource && !onePane && !showSource && (
            <div className={classes.strip}>
              <Tooltip label={t('documents.source.expand')} position="right">
                <ActionIcon
                  aria-label={t('documents.source.expand')}
                  aria-expanded={false}
                  onClick={() => {
                    setSourceOpen(true);
                    if (!roomy) setPanel(null);
                  }}
                >
                  <IconLayoutSidebarLeftExpand size={18} />
                </ActionIcon>
              </Tooltip>
            </div>
          )}
          {showSource && (
            <div className={classes.source}>
              <SourcePane
                document={document}
                onRetry={retry}
                onDownload={download}
                onCollapse={onePane ? undefined : () => setSourceOpen(false)}
              />
            </div>
          )}
          {/* The editor stays open behind the other tab: its place and its undo are kept. */}
          <div className={classes.draft} hidden={!showDraft}>
            <DraftPane
              desk={desk}
              error={desk.draftError}
              pending={desk.isDraftPending}
              alone={!showSource}
              onReload={desk.reloadDraft}
              onRetry={retry}
              onRefine={openRefine}
            />
          </div>
          {panelBody && !onePane && (
            <aside
              className={classes.panel}
              data-wide={panel === 'versions' || undefined}
              aria-label={panelTitle ?? ''}
            >
              <div className={classes.panelTop}>
                <Text fw={600}>{panelTitle}</Text>
                <CloseButton aria-label={t('app.close')} onClick={() => setPanel(null)} />
              </div>
              <div className={classes.panelBody}>{panelBody}</div>
            </aside>
          )}
        </div>
        {onePane && (
          <Drawer
            opened={panelBody !== null}
            onClose={() => setPanel(null)}
            position="bottom"
            size="88%"
            title={panelTitle}
            padding={0}
            classNames={{ header: classes.drawerTop }}
            closeButtonProps={{ 'aria-label': t('app.close') }}
          >
            {panelBody}
          </Drawer>
        )}
      </div>
    </DeskContext>
  );
}
