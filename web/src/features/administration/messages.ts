// The words of the administration and of API keys, loaded with their pages and not with the first one.
import { addMessages } from '../../app/i18n';
import english from '../../locales/en/administration.json';

await addMessages('administration', english);
