import type { ModelProvider } from '../../api/types';

type ProviderKind = ModelProvider['kind'];

/** A service people know by name, and the address its API has. */
export interface Service {
  value: string;
  label: string;
  kind: ProviderKind;
  baseUrl: string;
  needsKey: boolean;
}

export const SERVICES: Service[] = [
  {
    value: 'openai',
    label: 'OpenAI',
    kind: 'openai_compatible',
    baseUrl: 'https://api.openai.com/v1',
    needsKey: true,
  },
  {
    value: 'anthropic',
    label: 'Anthropic',
    kind: 'anthropic',
    baseUrl: 'https://api.anthropic.com',
    needsKey: true,
  },
  {
    value: 'ollama',
    label: 'Ollama',
    kind: 'openai_compatible',
    baseUrl: 'http://127.0.0.1:11434/v1',
    needsKey: false,
  },
  { value: 'other', label: '', kind: 'openai_compatible', baseUrl: '', needsKey: false },
];

/** Which of the known services a saved provider is. */
export function serviceOf(provider: { kind: ProviderKind; baseUrl: string }): Service {
  const known = SERVICES.find(({ kind, baseUrl }) => kind === provider.kind && baseUrl === provider.baseUrl);
  return (
    known ?? { value: 'other', label: '', kind: provider.kind, baseUrl: provider.baseUrl, needsKey: false }
  );
}

/** A provider's name: lower-case letters, digits and hyphens, at most 32. */
export function isProviderName(name: string): boolean {
  return /^[a-z0-9-]{1,32}$/.test(name);
}

/** An http or https address without a query. */
export function isBaseUrl(address: string): boolean {
  try {
    const url = new URL(address);
    return (url.protocol === 'http:' || url.protocol === 'https:') && url.search === '' && url.hash === '';
  } catch {
    return false;
  }
}
