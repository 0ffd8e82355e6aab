import { useMemo } from 'react';
import type { Template } from '../../api/types';
import { blankForm, flawsOf, formOf, isTemplateForm, sameForm, type TemplateForm } from './templateForm';
import { type FormKind, useKeptForm } from './useKeptForm';

const TEMPLATE: FormKind<Template, TemplateForm> = {
  name: 'template',
  blank: blankForm,
  formOf,
  same: sameForm,
  isForm: isTemplateForm,
};

/** The form of one template, and what is wrong with it. */
export function useTemplateForm(person: string, template: Template | null) {
  const work = useKeptForm(person, TEMPLATE, template);
  return { ...work, flaws: useMemo(() => flawsOf(work.form), [work.form]) };
}
