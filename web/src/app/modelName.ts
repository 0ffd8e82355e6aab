import type { Model } from '../api/types';
import { t } from './i18n';

const BUILT_IN = 'carrel/extractive';

/** A model as people know it; what is not a model at all is said in words. */
export function modelName({ id, name, builtIn }: Pick<Model, 'id' | 'name' | 'builtIn'>): string {
  return builtIn ? modelOfRun(id) : name;
}

/** The model of a run, of which only the id was kept. */
export function modelOfRun(id: string): string {
  return id === BUILT_IN ? t('app.builtInModel') : id;
}
