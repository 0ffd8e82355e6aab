import { Badge, Tooltip } from '@mantine/core';
import { formatNumber } from '../../app/format';
import classes from './administration.module.css';

interface PillsProps {
  of: readonly { id: string; name: string }[];
  color?: string;
  /** More than so many are counted, their names shown on hover. */
  most?: number;
}

/** Names in a row of a table. */
export function Pills({ of, color = 'gray', most = 3 }: PillsProps) {
  if (of.length === 0) return <span className={classes.nothing}>–</span>;
  const shown = of.length > most + 1 ? of.slice(0, most) : of;
  const rest = of.slice(shown.length).map(({ name }) => name);
  return (
    <span className={classes.pills}>
      {shown.map(({ id, name }) => (
        <Badge key={id} color={color} className={classes.pill} title={name}>
          {name}
        </Badge>
      ))}
      {rest.length > 0 && (
        <Tooltip label={rest.join(', ')} multiline maw={320}>
          <Badge color={color} className={classes.above} aria-label={`+ ${rest.join(', ')}`} role="note">
            +{formatNumber(rest.length)}
          </Badge>
        </Tooltip>
      )}
    </span>
  );
}
