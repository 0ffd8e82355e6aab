import { Avatar, Button, Tooltip } from '@mantine/core';
import { IconUsers } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Document } from '../../../api/types';
import { t } from '../../../app/i18n';
import documentClasses from '../document/document.module.css';
import { documentPeople } from './api';
import { isOwn } from './roles';
import { ShareDialog } from './ShareDialog';
import classes from './sharing.module.css';

/** Who has a part in the document, and the way to change that. */
export function SharedWith({ document }: { document: Document }) {
  const label = t(isOwn(document) ? 'documents.share.open' : 'documents.share.see');
  const [open, setOpen] = useState(false);
  const people = useQuery({ ...documentPeople(document.id), enabled: document.shared || open });
  const all = people.data ? [people.data.owner, ...people.data.members.map(({ user }) => user)] : [];
  return (
    <>
      {document.shared && all.length > 1 && (
        <Tooltip label={all.map(({ name }) => name).join(', ')} multiline maw={320}>
          <Avatar.Group spacing={8} className={classes.avatars} aria-hidden="true">
            {all.slice(0, 3).map(({ id, name }) => (
              <Avatar key={id} name={name} size={28} />
            ))}
            {all.length > 3 && <Avatar size={28}>+{all.length - 3}</Avatar>}
          </Avatar.Group>
        </Tooltip>
      )}
      <Button
        className={documentClasses.action}
        variant="default"
        leftSection={<IconUsers size={18} />}
        aria-label={label}
        onClick={() => setOpen(true)}
      >
        <span className={documentClasses.actionText}>{label}</span>
      </Button>
      {open && <ShareDialog document={document} onClose={() => setOpen(false)} />}
    </>
  );
}
