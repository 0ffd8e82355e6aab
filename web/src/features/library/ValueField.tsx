import { NativeSelect, Textarea, TextInput } from '@mantine/core';
import type { TemplateVariable } from '../../api/types';
import { t } from '../../app/i18n';

/** The field a person fills in for a variable, by its kind. */
export function ValueField({
  variable,
  label,
  value,
  readOnly = false,
  error,
  className,
  onChange,
}: {
  variable: TemplateVariable;
  label: string;
  value: string;
  readOnly?: boolean;
  error?: string | undefined;
  className?: string | undefined;
  onChange: (value: string) => void;
}) {
  switch (variable.kind) {
    case 'longText':
      return (
        <Textarea
          className={className}
          label={label}
          value={value}
          error={error}
          readOnly={readOnly}
          autosize
          minRows={2}
          maxRows={8}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'select':
      return (
        <NativeSelect
          className={className}
          label={label}
          value={value}
          error={error}
          disabled={readOnly}
          data={[
            { value: '', label: t('library.variables.nothingChosen') },
            ...[...new Set([...variable.options, ...(value ? [value] : [])])].map((option) => ({
              value: option,
              label: option,
            })),
          ]}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'date':
    case 'text':
      return (
        <TextInput
          className={className}
          type={variable.kind === 'date' ? 'date' : 'text'}
          label={label}
          value={value}
          error={error}
          readOnly={readOnly}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
  }
}
