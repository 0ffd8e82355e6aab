import { ActionIcon, Button, Menu, Tooltip } from '@mantine/core';
import { IconFilePlus, IconFileUpload, IconPlus, IconTemplate } from '@tabler/icons-react';
import { t } from './i18n';
import { useCreate } from './useCreate';

/** The main action of the workspace. */
export function NewMenu({ collapsed, onChosen }: { collapsed: boolean; onChosen?: () => void }) {
  const create = useCreate();
  const choose = (action: () => void) => () => {
    onChosen?.();
    action();
  };
  return (
    <Menu position="bottom-start" width={220} keepMounted={false}>
      <Menu.Target>
        {collapsed ? (
          <Tooltip label={t('app.new')} position="right">
            <ActionIcon variant="filled" color="green" size={36} mx="auto" aria-label={t('app.new')}>
              <IconPlus size={20} />
            </ActionIcon>
          </Tooltip>
        ) : (
          <Button leftSection={<IconPlus size={18} />} fullWidth>
            {t('app.new')}
          </Button>
        )}
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconFileUpload size={18} />} onClick={choose(create.upload)}>
          {t('app.newUpload')}
        </Menu.Item>
        <Menu.Item leftSection={<IconFilePlus size={18} />} onClick={choose(create.blank)}>
          {t('app.newDocument')}
        </Menu.Item>
        <Menu.Item leftSection={<IconTemplate size={18} />} onClick={choose(create.template)}>
          {t('app.newTemplate')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
