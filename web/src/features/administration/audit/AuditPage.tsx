import { Badge, Button, Menu, Table, UnstyledButton } from '@mantine/core';
import { IconDownload, IconSearch, IconShieldCheck } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AuditEvent } from '../../../api/types';
import { EmptyState } from '../../../app/EmptyState';
import { t } from '../../../app/i18n';
import { Time } from '../../../app/Time';
import { startDownload } from '../../documents/download';
import { More } from '../../library/More';
import classes from '../administration.module.css';
import { auditExportUrl, auditQuery, useVerifyAudit } from '../api';
import { Intro } from '../Intro';
import { Loaded } from '../Loaded';
import { auditRoute } from '../routes';
import { AuditFilters } from './AuditFilters';
import { actionTitle, actorName, kindTitle, outcomeColor, outcomeTitle } from './auditWords';
import { EventDrawer } from './EventDrawer';
import type { AuditSearch } from './filters';
import { VerificationNotice } from './VerificationNotice';

/** What was done in the workspace, newest first. */
export function AuditPage() {
  const search = auditRoute.useSearch();
  const navigate = auditRoute.useNavigate();
  const narrow = (part: AuditSearch) => navigate({ search: (last) => ({ ...last, ...part }), replace: true });
  const events = useInfiniteQuery(auditQuery(search));
  const verify = useVerifyAudit();
  const [open, setOpen] = useState<AuditEvent | null>(null);
  const narrowed = Object.values(search).some((value) => value !== undefined);
  const exportAs = (format: 'csv' | 'json') =>
    startDownload(auditExportUrl(search, format), `audit.${format}`);

  return (
    <>
      <Intro
        title={t('administration.audit.title')}
        text={t('administration.audit.text')}
        actions={
          <>
            <Menu>
              <Menu.Target>
                <Button variant="default" leftSection={<IconDownload size={18} />}>
                  {t('administration.audit.export')}
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Label>
                  {t(narrowed ? 'administration.audit.exportShown' : 'administration.audit.exportAll')}
                </Menu.Label>
                <Menu.Item onClick={() => exportAs('csv')}>{t('administration.audit.csv')}</Menu.Item>
                <Menu.Item onClick={() => exportAs('json')}>{t('administration.audit.json')}</Menu.Item>
              </Menu.Dropdown>
            </Menu>
            <Button
              variant="default"
              leftSection={<IconShieldCheck size={18} />}
              loading={verify.isPending}
              onClick={() => verify.mutate()}
            >
              {t('administration.audit.verify')}
            </Button>
          </>
        }
      />
      <VerificationNotice verify={verify} />
      <AuditFilters search={search} events={events.data ?? []} onChange={narrow} />
      <Loaded query={events}>
        {(found) =>
          found.length === 0 ? (
            <EmptyState
              icon={<IconSearch />}
              title={t('administration.audit.empty')}
              actions={
                narrowed && (
                  <Button variant="default" onClick={() => navigate({ search: {}, replace: true })}>
                    {t('administration.showAll')}
                  </Button>
                )
              }
            >
              {t('administration.audit.emptyText')}
            </EmptyState>
          ) : (
            <>
              <div className={classes.tableFrame}>
                <Table className={classes.table} aria-label={t('administration.audit.title')}>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th scope="col">{t('administration.audit.what')}</Table.Th>
                      <Table.Th scope="col">{t('administration.audit.who')}</Table.Th>
                      <Table.Th scope="col">{t('administration.audit.target')}</Table.Th>
                      <Table.Th scope="col">{t('administration.audit.outcome')}</Table.Th>
                      <Table.Th scope="col">{t('administration.audit.when')}</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {found.map((event) => (
                      <EventRow key={event.seq} event={event} onOpen={() => setOpen(event)} />
                    ))}
                  </Table.Tbody>
                </Table>
              </div>
              <More list={events} />
            </>
          )
        }
      </Loaded>
      <EventDrawer
        event={open}
        onClose={() => setOpen(null)}
        onNarrow={(part) => {
          setOpen(null);
          void navigate({ search: part });
        }}
      />
    </>
  );
}

function EventRow({ event, onOpen }: { event: AuditEvent; onOpen: () => void }) {
  const { target } = event;
  return (
    <Table.Tr>
      <Table.Td>
        <UnstyledButton className={classes.rowLink} onClick={onOpen} aria-haspopup="dialog">
          {actionTitle(event.action)}
        </UnstyledButton>
      </Table.Td>
      <Table.Td data-label={t('administration.audit.who')}>
        <span className={event.actor?.name ? undefined : classes.quiet}>{actorName(event)}</span>
      </Table.Td>
      <Table.Td data-label={t('administration.audit.target')} data-empty={target === null || undefined}>
        {target && (
          <span>
            {kindTitle(target.kind)}{' '}
            <span className={`${classes.code} ${classes.quiet}`}>{shortId(target.id)}</span>
          </span>
        )}
      </Table.Td>
      <Table.Td data-label={t('administration.audit.outcome')}>
        <span>
          <Badge color={outcomeColor(event.outcome)}>{outcomeTitle(event.outcome)}</Badge>
        </span>
      </Table.Td>
      <Table.Td data-label={t('administration.audit.when')} className={`${classes.quiet} ${classes.nowrap}`}>
        <span>
          <Time at={event.at} />
        </span>
      </Table.Td>
    </Table.Tr>
  );
}

/** The end of an id, where ids that were made one after the other differ. */
function shortId(id: string): string {
  return id.length > 8 ? `…${id.slice(-8)}` : id;
}
