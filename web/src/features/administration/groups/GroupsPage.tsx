import { Table } from '@mantine/core';
import { IconPlus, IconUsersGroup } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { GroupSummary } from '../../../api/types';
import { EmptyState } from '../../../app/EmptyState';
import { formatNumber } from '../../../app/format';
import { t } from '../../../app/i18n';
import { LinkBlock, LinkButton } from '../../../app/links';
import { More } from '../../library/More';
import classes from '../administration.module.css';
import { groupsQuery } from '../api';
import { EditorDrawer } from '../EditorDrawer';
import { Intro } from '../Intro';
import { Loaded } from '../Loaded';
import { Pills } from '../Pills';
import { namedRoles } from '../roles/roleWords';
import { groupsRoute, NEW } from '../routes';
import { GroupEditor } from './GroupEditor';

/** People who are given roles together. */
export function GroupsPage() {
  const { group: open } = groupsRoute.useSearch();
  const navigate = groupsRoute.useNavigate();
  const groups = useInfiniteQuery(groupsQuery());
  const close = () => navigate({ search: {}, replace: true });
  const create = (
    <LinkButton to="/admin/groups" search={{ group: NEW }} leftSection={<IconPlus size={18} />}>
      {t('administration.groups.new')}
    </LinkButton>
  );
  return (
    <>
      <Intro
        title={t('administration.groups.title')}
        text={t('administration.groups.text')}
        actions={groups.data && groups.data.length > 0 && create}
      />
      <Loaded query={groups}>
        {(found) =>
          found.length === 0 ? (
            <EmptyState icon={<IconUsersGroup />} title={t('administration.groups.empty')} actions={create}>
              {t('administration.groups.emptyText')}
            </EmptyState>
          ) : (
            <>
              <div className={classes.tableFrame}>
                <Table className={classes.table} aria-label={t('administration.groups.title')}>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th scope="col">{t('administration.groups.name')}</Table.Th>
                      <Table.Th scope="col">{t('administration.groups.roles')}</Table.Th>
                      <Table.Th scope="col" ta="end">
                        {t('administration.groups.members')}
                      </Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {found.map((group) => (
                      <GroupRow key={group.id} group={group} />
                    ))}
                  </Table.Tbody>
                </Table>
              </div>
              <More list={groups} />
            </>
          )
        }
      </Loaded>
      <EditorDrawer
        id={open ?? null}
        title={
          groups.data?.find((group) => group.id === open)?.name ??
          t(open === NEW ? 'administration.groups.new' : 'administration.groups.one')
        }
        onClose={close}
      >
        {(id, onDirty) => <GroupEditor id={id === NEW ? null : id} onDirty={onDirty} onClose={close} />}
      </EditorDrawer>
    </>
  );
}

function GroupRow({ group }: { group: GroupSummary }) {
  return (
    <Table.Tr>
      <Table.Td data-cell="main">
        <LinkBlock className={classes.rowLink} to="/admin/groups" search={{ group: group.id }}>
          {group.name}
        </LinkBlock>
        {group.description && <span className={classes.sub}>{group.description}</span>}
      </Table.Td>
      <Table.Td data-label={t('administration.groups.roles')}>
        <Pills of={namedRoles(group.roles)} color="green" />
      </Table.Td>
      <Table.Td
        data-label={t('administration.groups.members')}
        className={`${classes.quiet} ${classes.number}`}
      >
        {formatNumber(group.people)}
      </Table.Td>
    </Table.Tr>
  );
}
