import { Badge, Table } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { Role } from '../../../api/types';
import { formatNumber } from '../../../app/format';
import { t } from '../../../app/i18n';
import { LinkBlock, LinkButton } from '../../../app/links';
import classes from '../administration.module.css';
import { permissionsQuery, rolesQuery } from '../api';
import { EditorDrawer } from '../EditorDrawer';
import { Intro } from '../Intro';
import { Loaded } from '../Loaded';
import { Pills } from '../Pills';
import { permissionPills } from '../permissions';
import { NEW, rolesRoute } from '../routes';
import { RoleEditor } from './RoleEditor';
import { everything, isFixed, roleDescription, roleName } from './roleWords';

/** What people may do, by role. There is always one: Carrel's own can't be removed. */
export function RolesPage() {
  const { role: open } = rolesRoute.useSearch();
  const navigate = rolesRoute.useNavigate();
  const roles = useQuery(rolesQuery);
  const permissions = useQuery(permissionsQuery);
  const shown = roles.data?.find((role) => role.id === open);
  const close = () => navigate({ search: {}, replace: true });
  return (
    <>
      <Intro
        title={t('administration.roles.title')}
        text={t('administration.roles.text')}
        actions={
          <LinkButton to="/admin/roles" search={{ role: NEW }} leftSection={<IconPlus size={18} />}>
            {t('administration.roles.new')}
          </LinkButton>
        }
      />
      <Loaded query={roles}>
        {(found) => (
          <div className={classes.tableFrame}>
            <Table className={classes.table} aria-label={t('administration.roles.title')}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">{t('administration.roles.name')}</Table.Th>
                  <Table.Th scope="col">{t('administration.roles.allows')}</Table.Th>
                  <Table.Th scope="col">{t('administration.roles.denies')}</Table.Th>
                  <Table.Th scope="col" ta="end">
                    {t('administration.roles.people')}
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {found.map((role) => (
                  <RoleRow key={role.id} role={role} />
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </Loaded>
      <EditorDrawer
        id={open ?? null}
        title={
          shown
            ? roleName(shown.name)
            : t(open === NEW ? 'administration.roles.new' : 'administration.roles.one')
        }
        onClose={close}
      >
        {(id, onDirty) => (
          <Loaded query={permissions}>
            {(all) => (
              <Loaded query={roles}>
                {(found) => (
                  <RoleEditor
                    role={id === NEW ? null : (found.find((role) => role.id === id) ?? undefined)}
                    permissions={all}
                    onDirty={onDirty}
                    onClose={close}
                  />
                )}
              </Loaded>
            )}
          </Loaded>
        )}
      </EditorDrawer>
    </>
  );
}

function RoleRow({ role }: { role: Role }) {
  const description = roleDescription(role);
  return (
    <Table.Tr>
      <Table.Td data-cell="main">
        <LinkBlock className={classes.rowLink} to="/admin/roles" search={{ role: role.id }}>
          {roleName(role.name)}
        </LinkBlock>{' '}
        {role.builtIn && <Badge color="gray">{t('administration.roles.builtIn')}</Badge>}
        {description && <span className={classes.sub}>{description}</span>}
      </Table.Td>
      <Table.Td data-label={t('administration.roles.allows')}>
        <Pills of={isFixed(role) ? everything() : permissionPills(role.allow)} color="green" />
      </Table.Td>
      <Table.Td
        data-label={t('administration.roles.denies')}
        data-empty={role.deny.length === 0 || undefined}
      >
        <Pills of={permissionPills(role.deny)} color="red" />
      </Table.Td>
      <Table.Td
        data-label={t('administration.roles.people')}
        className={`${classes.quiet} ${classes.number}`}
      >
        {formatNumber(role.people)}
      </Table.Td>
    </Table.Tr>
  );
}
