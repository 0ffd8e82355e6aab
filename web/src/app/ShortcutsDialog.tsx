import { Kbd, Modal, Table } from '@mantine/core';
import { t } from './i18n';
import { modKey } from './keyName';
import { ADMINISTRATION, PLACES, placesFor, SETTINGS } from './navigation';
import { useMe } from './session';

/** The keys of the frame. */
export function ShortcutsDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const me = useMe();
  const places = placesFor(me.permissions, [...PLACES, ADMINISTRATION, SETTINGS]);
  const rows: [string, string[]][] = [
    [t('app.palette'), [modKey(), 'K']],
    [t('app.shortcuts'), ['?']],
    [t('app.toggleRail'), ['[']],
    ...places.map((place): [string, string[]] => [
      t('app.goTo', { place: t(place.label) }),
      ['G', place.key.toUpperCase()],
    ]),
  ];
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('app.shortcuts')}
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      <Table verticalSpacing="xs" horizontalSpacing={0} withRowBorders={false}>
        <Table.Tbody>
          {rows.map(([label, keys]) => (
            <Table.Tr key={label}>
              <Table.Td>{label}</Table.Td>
              <Table.Td ta="end">
                {keys.map((key) => (
                  <Kbd key={key} ms={4}>
                    {key}
                  </Kbd>
                ))}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
