import { type ChangeEvent, type FocusEvent, type SyntheticEvent, useEffect, useState } from 'react';
import { ApiError } from '../api/client';
import { explain, sentence } from './explain';
import { messageOrNull } from './i18n';

type Values = Record<string, string>;
/** A rule answers with what is wrong, or null. */
type Rules<V extends Values> = { [K in keyof V]?: (value: string, values: V) => string | null };

export interface FormOptions<V extends Values> {
  initial: V;
  rules?: Rules<V>;
  /** Keeps these fields (never secrets) in this tab until the form was sent: a reload loses nothing. */
  keep?: { key: string; fields: (keyof V)[] };
  submit: (values: V) => Promise<void>;
}

function restored<V extends Values>({ initial, keep }: FormOptions<V>): V {
  if (!keep) return initial;
  try {
    const kept = JSON.parse(sessionStorage.getItem(keep.key) ?? '{}') as Record<string, unknown>;
    const values = { ...initial };
    for (const field of keep.fields) {
      const value = kept[field as string];
      if (typeof value === 'string' && value !== '') values[field] = value as V[keyof V];
    }
    return values;
  } catch {
    return initial;
  }
}

/** A form: checked on leaving a field, errors of the server beside their fields, the rest as one failure. */
export function useForm<V extends Values>(options: FormOptions<V>) {
  const [values, setValues] = useState<V>(() => restored(options));
  const [errors, setErrors] = useState<Partial<Record<keyof V, string | null>>>({});
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const { keep } = options;

  useEffect(() => {
    if (!keep) return;
    try {
      sessionStorage.setItem(
        keep.key,
        JSON.stringify(Object.fromEntries(keep.fields.map((name) => [name, values[name]]))),
      );
    } catch {
      // Storage may be forbidden; then only this page keeps what was typed.
    }
  }, [keep, values]);

  const check = (name: keyof V) => options.rules?.[name]?.(values[name] ?? '', values) ?? null;

  const set = (name: keyof V, value: string) => {
    setValues((current) => ({ ...current, [name]: value }));
    setErrors((current) => ({ ...current, [name]: null }));
  };

  const field = (name: keyof V & string) => ({
    name,
    value: values[name] ?? '',
    error: errors[name] ?? undefined,
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) =>
      set(name, event.currentTarget.value),
    onBlur: (_event: FocusEvent) => {
      // An untouched empty field is not yet a mistake.
      if (values[name] !== '') setErrors((current) => ({ ...current, [name]: check(name) }));
    },
  });

  const submit = async (event?: SyntheticEvent<HTMLFormElement>) => {
    event?.preventDefault();
    const form = event?.currentTarget;
    if (busy) return;
    const found: Partial<Record<keyof V, string | null>> = {};
    for (const name of Object.keys(values)) found[name as keyof V] = check(name);
    setErrors(found);
    setFailure(null);
    if (Object.values(found).some(Boolean)) {
      focusFirstError(
        form,
        Object.keys(found).filter((name) => found[name]),
      );
      return;
    }
    setBusy(true);
    try {
      await options.submit(values);
      if (keep) sessionStorage.removeItem(keep.key);
    } catch (error) {
      const beside = fieldErrors(error, Object.keys(values));
      setErrors(beside as Partial<Record<keyof V, string | null>>);
      if (Object.keys(beside).length > 0) focusFirstError(form, Object.keys(beside));
      else setFailure(error);
    } finally {
      setBusy(false);
    }
  };

  const reset = (next: V = options.initial) => {
    setValues(next);
    setErrors({});
    setFailure(null);
  };

  return { values, set, field, submit, busy, failure, reset };
}

/** The server's complaints that belong beside a field of this form. */
function fieldErrors(error: unknown, names: string[]): Record<string, string> {
  const beside: Record<string, string> = {};
  if (!(error instanceof ApiError)) return beside;
  for (const { field, code, detail } of error.fieldErrors) {
    if (names.includes(field))
      beside[field] = messageOrNull(`accounts.field.${field}.${code}`) ?? sentence(detail);
  }
  if (error.code === 'email_taken' && names.includes('email')) beside.email = explain(error).happened;
  if (error.code === 'wrong_password' && names.includes('currentPassword')) {
    beside.currentPassword = explain(error).happened;
  }
  return beside;
}

function focusFirstError(form: HTMLFormElement | undefined, names: string[]) {
  if (!form) return;
  const input = Array.from(form.elements).find(
    (element): element is HTMLInputElement =>
      element instanceof HTMLInputElement && names.includes(element.name),
  );
  input?.focus();
}
