import { expect, it } from 'vitest';
import type { Letterhead, Template } from '../../../api/types';
import { isPrinted, letterheadsFor } from './letterheads';

const bare: Letterhead = {
  logo: null,
  header: '',
  footer: ' ',
  pageNumbers: true,
  paper: 'a4',
  margins: { top: 25, right: 25, bottom: 25, left: 25 },
};
const template = (id: string, letterhead: Partial<Letterhead> = {}) =>
  ({ id, name: id, letterhead: { ...bare, ...letterhead } }) as Template;

it('takes blank lines and page numbers for no letterhead', () => {
  expect(isPrinted(bare)).toBe(false);
  expect(isPrinted({ ...bare, header: 'Harbour School' })).toBe(true);
  expect(isPrinted({ ...bare, logo: 'carrel:images/1' })).toBe(true);
});

it('offers the templates with a letterhead beside the own one, whatever the own one carries', () => {
  const templates = [template('own'), template('plain'), template('board', { footer: 'Board' })];
  const { own, others } = letterheadsFor({ templateId: 'own' }, templates);
  expect(own?.id).toBe('own');
  expect(others.map(({ id }) => id)).toEqual(['board']);
});

it('offers every letterhead to a document without a template', () => {
  const { own, others } = letterheadsFor({ templateId: null }, [template('board', { footer: 'Board' })]);
  expect(own).toBeNull();
  expect(others).toHaveLength(1);
});
