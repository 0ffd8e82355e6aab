import {
  ActionIcon,
  Badge,
  Button,
  CloseButton,
  Menu,
  SegmentedControl,
  Table,
  TextInput,
  Tooltip,
} from '@mantine/core';
import {
  IconDots,
  IconLogout,
  IconPencil,
  IconPlus,
  IconSearch,
  IconUserCheck,
  IconUserOff,
  IconUsers,
} from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { AdminPerson } from '../../../api/types';
import { EmptyState } from '../../../app/EmptyState';
import { t } from '../../../app/i18n';
import { LinkBlock, LinkButton, LinkMenuItem } from '../../../app/links';
import { useMe } from '../../../app/session';
import { Time } from '../../../app/Time';
import { More } from '../../library/More';
import { useTypedSearch } from '../../library/useTypedSearch';
import classes from '../administration.module.css';
import { peopleQuery } from '../api';
import { EditorDrawer } from '../EditorDrawer';
import { Intro } from '../Intro';
import { Loaded } from '../Loaded';
import { Pills } from '../Pills';
import { namedRoles } from '../roles/roleWords';
import { NEW, type PeopleSearch, peopleRoute } from '../routes';
import { NewPerson } from './NewPerson';
import { PersonEditor } from './PersonEditor';
import { STATUS_COLORS, statusOf } from './status';
import { usePersonActions } from './usePersonActions';

/** Everybody with an account. */
export function PeoplePage() {
  const search = peopleRoute.useSearch();
  const navigate = peopleRoute.useNavigate();
  const narrow = (part: PeopleSearch) =>
    navigate({ search: (last) => ({ ...last, ...part }), replace: true });
  const [typed, setTyped] = useTypedSearch(search.q, (q) => narrow({ q }));
  const people = useInfiniteQuery(peopleQuery(search));
  const open = people.data?.find((person) => person.id === search.person);
  const narrowed = search.q !== undefined || search.status !== undefined;
  const close = () => navigate({ search: (last) => ({ ...last, person: undefined }), replace: true });

  // Names are sealed, so the server looks at some thousand people at a time: a page may be empty and not the last.
  const { data, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = people;
  const searching = data?.length === 0 && hasNextPage && !isFetchNextPageError;
  useEffect(() => {
    if (searching && !isFetching) void fetchNextPage();
  }, [searching, isFetching, fetchNextPage]);

  return (
    <>
      <Intro
        title={t('administration.people.title')}
        text={t('administration.people.text')}
        actions={
          <LinkButton
            to="/admin/people"
            search={{ ...search, person: NEW }}
            leftSection={<IconPlus size={18} />}
          >
            {t('administration.people.new')}
          </LinkButton>
        }
      />
      <search className={classes.filters}>
        <TextInput
          className={classes.search}
          aria-label={t('administration.people.search')}
          placeholder={t('administration.people.search')}
          leftSection={<IconSearch size={16} />}
          rightSection={
            typed && <CloseButton aria-label={t('administration.clearSearch')} onClick={() => setTyped('')} />
          }
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <SegmentedControl
          aria-label={t('administration.people.status')}
          value={search.status ?? 'all'}
          onChange={(value) => narrow({ status: statusOf(value) })}
          data={[
            { value: 'all', label: t('administration.people.all') },
            { value: 'active', label: t('administration.people.actives') },
            { value: 'unverified', label: t('administration.people.unverifieds') },
            { value: 'disabled', label: t('administration.people.disableds') },
          ]}
        />
      </search>
      <Loaded query={people}>
        {(found) => (
          <>
            {found.length > 0 && <PeopleTable people={found} />}
            {found.length === 0 && !searching && (
              <EmptyState
                icon={narrowed ? <IconSearch /> : <IconUsers />}
                title={t('administration.people.none')}
                actions={
                  narrowed && (
                    <Button
                      variant="default"
                      onClick={() => {
                        setTyped('');
                        void narrow({ q: undefined, status: undefined });
                      }}
                    >
                      {t('administration.showAll')}
                    </Button>
                  )
                }
              >
                {t('administration.people.noneText')}
              </EmptyState>
            )}
            {searching && <p role="status">{t('app.searching')}</p>}
            {!searching && <More list={people} />}
          </>
        )}
      </Loaded>
      <EditorDrawer
        id={search.person ?? null}
        title={
          open?.name ?? t(search.person === NEW ? 'administration.people.new' : 'administration.people.one')
        }
        onClose={close}
      >
        {(id, onDirty) =>
          id === NEW ? (
            <NewPerson onDirty={onDirty} onClose={close} />
          ) : (
            <PersonEditor
              id={id}
              known={data?.find((person) => person.id === id)}
              onDirty={onDirty}
              onClose={close}
            />
          )
        }
      </EditorDrawer>
    </>
  );
}

function PeopleTable({ people }: { people: AdminPerson[] }) {
  return (
    <div className={classes.tableFrame}>
      <Table className={classes.table} aria-label={t('administration.people.title')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t('administration.people.name')}</Table.Th>
            <Table.Th scope="col">{t('administration.people.roles')}</Table.Th>
            <Table.Th scope="col">{t('administration.people.groups')}</Table.Th>
            <Table.Th scope="col">{t('administration.people.lastSeen')}</Table.Th>
            <Table.Th scope="col">
              <span className="visually-hidden">{t('administration.actions')}</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {people.map((person) => (
            <PersonRow key={person.id} person={person} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function PersonRow({ person }: { person: AdminPerson }) {
  const me = useMe();
  const { setDisabled, signOut } = usePersonActions(person);
  const toDrawer = { ...peopleRoute.useSearch(), person: person.id };
  return (
    <Table.Tr>
      <Table.Td data-cell="main">
        <LinkBlock className={classes.rowLink} to="/admin/people" search={toDrawer}>
          {person.name}
        </LinkBlock>{' '}
        {person.id === me.id && <Badge>{t('administration.people.you')}</Badge>}{' '}
        {person.status !== 'active' && (
          <Badge color={STATUS_COLORS[person.status]}>{t(`administration.people.${person.status}`)}</Badge>
        )}
        <span className={classes.sub}>{person.email}</span>
      </Table.Td>
      <Table.Td data-label={t('administration.people.roles')}>
        <Pills of={namedRoles(person.roles)} color="green" />
      </Table.Td>
      <Table.Td
        data-label={t('administration.people.groups')}
        data-empty={person.groups.length === 0 || undefined}
      >
        <Pills of={person.groups} />
      </Table.Td>
      <Table.Td data-label={t('administration.people.lastSeen')} className={classes.quiet}>
        <span>
          {person.lastSeenAt ? <Time at={person.lastSeenAt} /> : t('administration.people.neverSeen')}
        </span>
      </Table.Td>
      <Table.Td data-cell="actions">
        <div className={classes.rowActions}>
          <Menu>
            <Menu.Target>
              <Tooltip label={t('administration.actions')}>
                <ActionIcon aria-label={t('administration.actionsOf', { name: person.name })}>
                  <IconDots size={18} />
                </ActionIcon>
              </Tooltip>
            </Menu.Target>
            <Menu.Dropdown>
              <LinkMenuItem to="/admin/people" search={toDrawer} leftSection={<IconPencil size={16} />}>
                {t('app.edit')}
              </LinkMenuItem>
              <Menu.Item leftSection={<IconLogout size={16} />} onClick={signOut}>
                {t('administration.people.signOut')}
              </Menu.Item>
              {person.id !== me.id &&
                (person.status === 'disabled' ? (
                  <Menu.Item leftSection={<IconUserCheck size={16} />} onClick={() => setDisabled(false)}>
                    {t('administration.people.enable')}
                  </Menu.Item>
                ) : (
                  <Menu.Item
                    color="red"
                    leftSection={<IconUserOff size={16} />}
                    onClick={() => setDisabled(true)}
                  >
                    {t('administration.people.disable')}
                  </Menu.Item>
                ))}
            </Menu.Dropdown>
          </Menu>
        </div>
      </Table.Td>
    </Table.Tr>
  );
}
