// The documents wing of the API as queries and actions. No other file of this feature names a route.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ApiError, api, newIdempotencyKey, problemOf, send } from '../../api/client';
import type {
  Comparison,
  Document,
  DocumentStatus,
  DocumentTree,
  DownloadUrl,
  Draft,
  Export,
  ExportRequest,
  GenerateRequest,
  Generation,
  Id,
  Image,
  IngestRequest,
  Model,
  Page,
  Prompt,
  Refinement,
  RefinementDecision,
  RefineRequest,
  Revision,
  RevisionDetail,
  SourceMatch,
  SourcePages,
  Template,
  UploadUrl,
  UploadUrlRequest,
} from '../../api/types';
import type { SaveTrouble } from './editor/autosave';
import type { UploadDoor } from './list/uploads';

export type DocumentSort = 'updated' | 'created' | 'title';

export interface DocumentFilter {
  q?: string;
  status?: DocumentStatus;
  sort?: DocumentSort;
  trash?: boolean;
  shared?: 'mine' | 'with-me';
}

/** How often a list is asked again while something in it is being worked on, in milliseconds. */
const WORKING = 1_500;

export const keys = {
  all: ['documents'] as const,
  lists: ['documents', 'list'] as const,
  list: (filter: DocumentFilter) => ['documents', 'list', filter] as const,
  one: (id: Id) => ['documents', 'one', id] as const,
  source: (id: Id) => ['documents', 'source', id] as const,
  draft: (id: Id) => ['documents', 'draft', id] as const,
  revisions: (id: Id) => ['documents', 'revisions', id] as const,
  refinements: (id: Id) => ['documents', 'refinements', id] as const,
  runs: (id: Id) => ['documents', 'runs', id] as const,
};

/** Whether the server is at work on a document. */
export function isWorking(document: Document): boolean {
  return document.processing !== null || document.activeGenerationId !== null;
}

// ---- the list ----

export const documentList = (filter: DocumentFilter) =>
  infiniteQueryOptions({
    queryKey: keys.list(filter),
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<Document>>('/documents', {
        query: { ...filter, trash: filter.trash || undefined, cursor: pageParam, limit: 50 },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.items.some(isWorking)) ? WORKING : false,
  });

export const createDocument = (title: string) => api.post<Document>('/documents', { body: { title } });
export const trashDocument = (id: Id) => api.delete(`/documents/${id}`);
export const undeleteDocument = (id: Id) => api.post<Document>(`/documents/${id}/undelete`);
export const renameDocument = (id: Id, title: string) =>
  // The page may be on its way out.
  api.patch<Document>(`/documents/${id}`, { body: { title }, keepalive: true });
export const retryExtraction = (id: Id) => api.post<Document>(`/documents/${id}/retry`);
export const originalFile = (documentId: Id) =>
  api.post<DownloadUrl>('/documents/download-url', { body: { documentId } });

// ---- uploads ----

const SPENT = ['signature_invalid', 'link_expired', 'upload_expired'];

function putFile(
  to: UploadUrl,
  file: File,
  sent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  // fetch tells nothing about the progress of an upload.
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(to.method, to.url);
    for (const [name, value] of Object.entries(to.headers)) {
      // Browsers set these themselves and refuse to be told.
      if (!/^(content-length|host)$/i.test(name)) request.setRequestHeader(name, value);
    }
    request.upload.onprogress = (event) => sent(event.loaded);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) return resolve();
      const type = request.getResponseHeader('content-type') ?? 'text/plain';
      problemOf(
        new Response(request.responseText, { status: request.status, headers: { 'content-type': type } }),
      ).then(reject, reject);
    };
    const unreachable = () =>
      reject(
        new ApiError({
          type: 'about:blank',
          title: '',
          status: 0,
          detail: '',
          code: 'network_unreachable',
          requestId: '',
        }),
      );
    request.onerror = unreachable;
    request.ontimeout = unreachable;
    request.onabort = unreachable;
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}

/** Whether trying the same again can help: the network, a busy server, a spent address. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const { status, code } = error;
  return status === 0 || status === 408 || status === 429 || status >= 500 || SPENT.includes(code);
}

export const uploadDoor: UploadDoor = {
  ask: (body: UploadUrlRequest, signal) =>
    api.post<UploadUrl>('/documents/upload-url', { body, signal, idempotencyKey: newIdempotencyKey() }),
  put: putFile,
  register: (body: IngestRequest, signal) => api.post<Document>('/documents/ingest', { body, signal }),
  isPassing,
  // S3 answers a stale signature with a plain 403.
  isAddressSpent: (error) =>
    error instanceof ApiError && (SPENT.includes(error.code) || error.status === 403),
};

// ---- one document ----

export const documentQuery = (id: Id) =>
  queryOptions({
    queryKey: keys.one(id),
    queryFn: ({ signal }) => api.get<Document>(`/documents/${id}`, { signal }),
    refetchInterval: ({ state }) => (state.data && isWorking(state.data) ? WORKING : false),
  });

export const sourceQuery = (id: Id, ready: boolean) =>
  infiniteQueryOptions({
    queryKey: [...keys.source(id), 'pages'],
    queryFn: ({ pageParam, signal }) =>
      api.get<SourcePages>(`/documents/${id}/source`, { query: { cursor: pageParam, limit: 40 }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    enabled: ready,
    // A source never changes once it was read.
    staleTime: Number.POSITIVE_INFINITY,
  });

export const sourceSearch = (id: Id, q: string) =>
  queryOptions({
    queryKey: [...keys.source(id), 'search', q],
    queryFn: ({ signal }) =>
      api.get<SourceMatch[]>(`/documents/${id}/source/search`, { query: { q }, signal }),
    enabled: q.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
  });

// ---- the draft ----

const getDraft = (id: Id, signal?: AbortSignal) => api.get<Draft>(`/documents/${id}/draft`, { signal });

/** The draft, or null while there is none; not asked for before a document is known to have one. */
export const draftQuery = (id: Id, exists = true) =>
  queryOptions({
    enabled: exists,
    queryKey: keys.draft(id),
    queryFn: async ({ signal }) => {
      try {
        return await getDraft(id, signal);
      } catch (error) {
        if (error instanceof ApiError && error.code === 'draft_missing') return null;
        throw error;
      }
    },
    // The open editor is the newer one; it is told by name when the server has changed the draft.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

export const loadDraft = (id: Id) => getDraft(id);
export const saveDraft = (id: Id, tree: DocumentTree, version: number) =>
  api.put<Draft>(`/documents/${id}/draft`, { body: { tree }, ifMatch: version });

/** What a failed save means for the words in the editor. */
export function saveTrouble(error: unknown): SaveTrouble {
  if (!(error instanceof ApiError)) return 'server';
  if (error.status === 0) return 'network';
  if (error.status === 401) return 'signedOut';
  if (error.status === 412) return 'conflict';
  if (error.status === 408 || error.status === 429 || error.status >= 500) return 'server';
  return 'refused';
}

export const uploadImage = (file: Blob) =>
  api.post<Image>('/images', { bytes: file, contentType: file.type });

// ---- revisions ----

export const revisionList = (id: Id) =>
  infiniteQueryOptions({
    queryKey: keys.revisions(id),
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<Revision>>(`/documents/${id}/revisions`, {
        query: { cursor: pageParam, limit: 50 },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });

export const revisionQuery = (id: Id, number: number) =>
  queryOptions({
    queryKey: [...keys.revisions(id), number],
    queryFn: ({ signal }) => api.get<RevisionDetail>(`/documents/${id}/revisions/${number}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const comparisonQuery = (id: Id, from: number, to: number | null) =>
  queryOptions({
    queryKey: [...keys.revisions(id), 'compare', from, to],
    queryFn: ({ signal }) =>
      api.get<Comparison>(`/documents/${id}/revisions/compare`, { query: { from, to }, signal }),
    // Against the current draft the answer changes with every save.
    gcTime: to === null ? 0 : undefined,
  });

export const nameDraft = (id: Id, name: string) =>
  api.post<Revision>(`/documents/${id}/revisions`, { body: { name } });
export const nameRevision = (id: Id, number: number, name: string) =>
  api.patch<Revision>(`/documents/${id}/revisions/${number}`, { body: { name } });
export const restoreRevision = (id: Id, number: number) =>
  api.post<Draft>(`/documents/${id}/revisions/${number}/restore`);

// ---- drafting and refining ----

export const templateChoices = queryOptions({
  queryKey: ['templates', 'choices'],
  queryFn: ({ signal }) => api.get<Page<Template>>('/templates', { query: { limit: 200 }, signal }),
});

export const promptChoices = queryOptions({
  queryKey: ['prompts', 'choices'],
  queryFn: ({ signal }) => api.get<Page<Prompt>>('/prompts', { query: { limit: 200 }, signal }),
});

export const modelChoices = queryOptions({
  queryKey: ['models'],
  queryFn: ({ signal }) => api.get<Model[]>('/models', { signal }),
});

export const generate = (body: GenerateRequest, idempotencyKey: string) =>
  api.post<Generation>('/documents/generate', { body, idempotencyKey });
export const refine = (body: RefineRequest, idempotencyKey: string) =>
  api.post<Refinement>('/ai/refine', { body: { ...body, wait: false }, idempotencyKey });
export const cancelGeneration = (id: Id) => api.post<Generation>(`/generations/${id}/cancel`);
export const getGeneration = (id: Id) => api.get<Generation>(`/generations/${id}`);

export const runList = (documentId: Id) =>
  queryOptions({
    queryKey: keys.runs(documentId),
    queryFn: ({ signal }) =>
      api.get<Page<Generation>>('/generations', { query: { subjectId: documentId, limit: 30 }, signal }),
  });

export const refinementList = (documentId: Id) =>
  queryOptions({
    queryKey: keys.refinements(documentId),
    queryFn: ({ signal }) =>
      api.get<Page<Refinement>>(`/documents/${documentId}/refinements`, { query: { limit: 30 }, signal }),
  });

export const decideHunks = (id: Id, decision: 'accept' | 'reject', hunks?: number[]) =>
  api.post<RefinementDecision>(`/ai/refinements/${id}/${decision}`, { body: { hunks } });

// ---- export ----

/** Starts an export; it may be ready at once. */
export const startExport = async (documentId: Id, body: ExportRequest, idempotencyKey: string) =>
  (await send<Export>('POST', `/documents/export/${documentId}`, { body, idempotencyKey })).data;
export const getExport = (id: Id, signal: AbortSignal) => api.get<Export>(`/exports/${id}`, { signal });
export const exportDownload = (id: Id) => api.post<DownloadUrl>(`/exports/${id}/download-url`);
