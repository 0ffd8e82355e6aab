import { Select, Textarea, TextInput } from '@mantine/core';
import type { TemplateVariable } from '../../../api/types';

/** The form of a template's variables. */
export function VariableFields(props: {
  variables: readonly TemplateVariable[];
  values: Record<string, string>;
  errors: Record<string, string | undefined>;
  onChange: (name: string, value: string) => void;
}) {
  return props.variables.map((variable) => {
    const { name, kind } = variable;
    const common = {
      name,
      label: variable.label || name,
      required: variable.required,
      error: props.errors[name],
    };
    const value = props.values[name] ?? variable.default;
    if (kind === 'select') {
      return (
        <Select
          key={name}
          {...common}
          value={value || null}
          data={variable.options}
          clearable={!variable.required}
          onChange={(chosen) => props.onChange(name, chosen ?? '')}
        />
      );
    }
    if (kind === 'longText') {
      return (
        <Textarea
          key={name}
          {...common}
          value={value}
          autosize
          minRows={2}
          maxRows={8}
          onChange={(event) => props.onChange(name, event.currentTarget.value)}
        />
      );
    }
    return (
      <TextInput
        key={name}
        {...common}
        type={kind === 'date' ? 'date' : 'text'}
        value={value}
        onChange={(event) => props.onChange(name, event.currentTarget.value)}
      />
    );
  });
}
