/** The library's questions to the server: templates, saved prompts, exports. Only this file names their addresses. */
import {
  type InfiniteData,
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import { api, hasCode, newIdempotencyKey } from '../../api/client';
import type {
  DocumentTree,
  DownloadUrl,
  Export,
  Image,
  Page,
  PreviewRequest,
  Prompt,
  PromptInput,
  Template,
  TemplateInput,
  TemplatePreview,
  TemplateVersion,
  TemplateVersionDetail,
} from '../../api/types';

/** How many rows a list asks for at once. */
const PAGE_SIZE = 50;

/** While an export is being made, how often its list is read again, in milliseconds. */
const EXPORT_POLL = 2000;

export type Scope = 'own' | 'global';

function listed<T>(data: InfiniteData<Page<T>>): T[] {
  return data.pages.flatMap((page) => page.items);
}

/** One cursor-paginated list; `path` and `query` also name it in the cache. */
function listOf<T>(path: string, query: Record<string, string | undefined>) {
  return infiniteQueryOptions({
    queryKey: [path.slice(1), 'list', query],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<T>>(path, {
        query: { ...query, cursor: pageParam, limit: PAGE_SIZE },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
    select: listed,
  });
}

// ---- templates ------------------------------------------------------------------------------------------------

export function templatesQuery(filter: { q?: string; scope?: Scope }) {
  return listOf<Template>('/templates', { q: filter.q, scope: filter.scope });
}

export function templateQuery(id: string) {
  return queryOptions({
    queryKey: ['templates', 'one', id],
    queryFn: ({ signal }) => api.get<Template>(`/templates/${id}`, { signal }),
  });
}

export function templateVersionsQuery(id: string) {
  return queryOptions({
    queryKey: ['templates', 'versions', id],
    queryFn: ({ signal }) => api.get<TemplateVersion[]>(`/templates/${id}/versions`, { signal }),
  });
}

/** A version of a template as it was; it never changes. */
export function templateVersionQuery(id: string, version: number) {
  return queryOptions({
    queryKey: ['templates', 'version', id, version],
    queryFn: ({ signal }) =>
      api.get<TemplateVersionDetail>(`/templates/${id}/versions/${version}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The body with its variables filled in, as a document tree. */
export function templatePreviewQuery(request: PreviewRequest) {
  return queryOptions({
    queryKey: ['templates', 'preview', request],
    queryFn: ({ signal }) => api.post<TemplatePreview>('/templates/preview', { body: request, signal }),
    placeholderData: keepPreviousData,
    enabled: request.body.trim() !== '',
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
}

export const EMPTY_TREE: DocumentTree = { type: 'doc', content: [] };

/** Lists and choices anywhere in the app, but not the single things that were just put into the cache. */
export function isList(query: { queryKey: readonly unknown[] }): boolean {
  return query.queryKey[1] !== 'one' && query.queryKey[1] !== 'preview';
}

/** After a template changed: what it is now, and every list that may show it. */
function useTemplateChanged() {
  const cache = useQueryClient();
  return (template: Template) => {
    cache.setQueryData(templateQuery(template.id).queryKey, template);
    void cache.invalidateQueries({ queryKey: ['templates'], predicate: isList });
  };
}

export function useCreateTemplate() {
  const changed = useTemplateChanged();
  return useMutation({
    mutationFn: ({ input, key }: { input: TemplateInput; key: string }) =>
      api.post<Template>('/templates', { body: input, idempotencyKey: key }),
    onSuccess: changed,
  });
}

/** Saves over a version; when somebody saved in between, the server answers `version_conflict`. */
export function useSaveTemplate(id: string) {
  const changed = useTemplateChanged();
  return useMutation({
    mutationFn: ({ input, version }: { input: TemplateInput; version: number }) =>
      api.put<Template>(`/templates/${id}`, { body: input, ifMatch: version }),
    onSuccess: changed,
  });
}

export function useDuplicateTemplate() {
  const changed = useTemplateChanged();
  return useMutation({
    mutationFn: (id: string) =>
      api.post<Template>(`/templates/${id}/duplicate`, { idempotencyKey: newIdempotencyKey() }),
    onSuccess: changed,
  });
}

export function useRestoreTemplate(id: string) {
  const changed = useTemplateChanged();
  return useMutation({
    mutationFn: (version: number) => api.post<Template>(`/templates/${id}/versions/${version}/restore`),
    onSuccess: changed,
  });
}

export function useUploadImage() {
  return useMutation({
    mutationFn: (file: File) => api.post<Image>('/images', { bytes: file, contentType: file.type }),
  });
}

// ---- saved prompts --------------------------------------------------------------------------------------------

export function promptsQuery(filter: { q?: string }) {
  return listOf<Prompt>('/prompts', { q: filter.q });
}

export function promptQuery(id: string) {
  return queryOptions({
    queryKey: ['prompts', 'one', id],
    queryFn: ({ signal }) => api.get<Prompt>(`/prompts/${id}`, { signal }),
  });
}

/** A prompt to save: `over` is the version it replaces, null for a new one, which is made once for its key. */
interface PromptToSave {
  over: Pick<Prompt, 'id' | 'version'> | null;
  input: PromptInput;
  key: string;
}

/** Creates a prompt, or saves over a version; when that was replaced meanwhile, the server answers `version_conflict`. */
export function useSavePrompt() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ over, input, key }: PromptToSave) =>
      over === null
        ? api.post<Prompt>('/prompts', { body: input, idempotencyKey: key })
        : api.put<Prompt>(`/prompts/${over.id}`, { body: input, ifMatch: over.version }),
    onError: (error) => {
      // What the others saved is fetched, so that one can choose between it and one's own.
      if (hasCode(error, 'version_conflict')) void cache.invalidateQueries({ queryKey: ['prompts'] });
    },
    onSuccess: (prompt) => {
      cache.setQueryData(promptQuery(prompt.id).queryKey, prompt);
      void cache.invalidateQueries({ queryKey: ['prompts'], predicate: isList });
    },
  });
}

// ---- exports --------------------------------------------------------------------------------------------------

/** The exports, read again every two seconds for as long as one of them is still being made. */
export function exportsQuery() {
  return {
    ...listOf<Export>('/exports', {}),
    refetchInterval: (query: { state: { data?: InfiniteData<Page<Export>> } }) =>
      query.state.data && listed(query.state.data).some((made) => made.status === 'queued')
        ? EXPORT_POLL
        : false,
  };
}

/** A fresh address of an export's file, good for a quarter of an hour. */
export function useExportDownload() {
  return useMutation({
    mutationFn: (id: string) => api.post<DownloadUrl>(`/exports/${id}/download-url`),
  });
}

/** Makes an export again that failed. */
export function useRepeatExport() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (failed: Export) =>
      api.post<Export>(`/documents/export/${failed.documentId}`, {
        body: { format: failed.format },
        idempotencyKey: newIdempotencyKey(),
      }),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['exports'] }),
  });
}

// ---- removing -------------------------------------------------------------------------------------------------

export type Shelf = 'templates' | 'prompts' | 'exports';

/** Deletes one thing; `keepalive` lets the request outlive the page. */
export function removeFrom(shelf: Shelf, id: string, keepalive: boolean): Promise<void> {
  return api.delete(`/${shelf}/${id}`, { keepalive });
}
