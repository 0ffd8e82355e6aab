// The shapes of the public API (/api/v1), named as in its OpenAPI document. Times are RFC 3339 strings, ids are UUIDs.

export type Id = string;
export type Time = string;
// ---- common -------------------------------------------------------------------------------------------------
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  requestId: string;
  errors?: FieldError[];
} // application/problem+json
export interface FieldError {
  field: string;
  code: string;
  detail: string;
}
// ---- accounts -----------------------------------------------------------------------------------------------
export interface SetupStatus {
  needed: boolean;
  signUp: 'open' | 'closed';
  appName: string;
}
export interface SetupRequest {
  token: string;
  email: string;
  name: string;
  password: string;
}
export interface SignUpRequest {
  email: string;
  name: string;
  password: string;
  transport?: 'token' | 'cookie';
} // default token
export interface SignInRequest {
  email: string;
  password: string;
  transport?: 'token' | 'cookie';
}
export interface SignedIn {
  user: Me;
  token: string | null;
  expiresAt: Time;
} // token null when transport=cookie (HttpOnly cookie `carrel_session`)
export interface Me {
  id: Id;
  email: string;
  name: string;
  roles: string[];
  permissions: string[];
  theme: 'system' | 'light' | 'dark';
  createdAt: Time;
}
export interface UpdateMe {
  name?: string;
  theme?: 'system' | 'light' | 'dark';
}
export interface ChangePassword {
  currentPassword: string;
  newPassword: string;
}
export interface Session {
  id: Id;
  current: boolean;
  userAgent: string | null;
  createdAt: Time;
  lastSeenAt: Time;
  expiresAt: Time;
  kind: 'cookie' | 'token';
}
// ---- documents ----------------------------------------------------------------------------------------------
export type DocumentStatus = 'uploaded' | 'extracted' | 'draft_generated' | 'exported' | 'failed';
export interface Document {
  id: Id;
  title: string;
  originalName: string | null;
  mediaType: string | null;
  format: string | null;
  size: number | null; // bytes
  status: DocumentStatus;
  processing: Processing | null; // what is happening right now
  failure: Failure | null; // why status is failed (or the last draft failed), in words
  ocr: 'not_needed' | 'done' | 'needed' | null; // needed = "needs OCR"
  pageCount: number | null;
  sourceWords: number | null;
  chunkCount: number;
  draftVersion: number | null;
  draftWords: number | null;
  templateId: Id | null;
  activeGenerationId: Id | null; // drafting/refining now
  createdAt: Time;
  updatedAt: Time;
  deletedAt: Time | null;
}
export interface Processing {
  step: 'queued' | 'extracting' | 'recognising' | 'chunking' | 'drafting' | 'exporting';
  done: number;
  total: number | null;
}
export interface Failure {
  step: 'extract' | 'draft' | 'export';
  code: string;
  detail: string;
  retryable: boolean;
  at: Time;
}
export interface UploadUrlRequest {
  contentType: string;
  size: number;
  originalName: string;
}
export interface UploadUrl {
  url: string;
  method: 'PUT';
  headers: Record<string, string>;
  key: string;
  expiresAt: Time;
} // <= 15 min. url may be relative to the origin ("/objects/…") or absolute (S3)
export interface IngestRequest {
  key: string;
  originalName: string;
  mime: string;
  size: number;
}
export interface DownloadUrlRequest {
  documentId: Id;
} // the original file
export interface DownloadUrl {
  url: string;
  expiresAt: Time;
}
export interface CreateDocument {
  title: string;
}
export interface UpdateDocument {
  title: string;
}
export interface SourcePages {
  items: SourcePage[];
  nextCursor: string | null;
}
export interface SourcePage {
  index: number;
  page: number | null;
  blocks: SourceBlock[];
} // page: 1-based page of the file when it has pages
export interface SourceBlock {
  kind: SourceBlockKind;
  page: number | null;
  start: number;
  end: number;
  text: string;
} // offsets in Unicode scalar values
export type SourceBlockKind =
  | { type: 'heading'; level: number }
  | { type: 'paragraph' }
  | { type: 'listItem'; depth: number; ordered: boolean }
  | { type: 'table'; rows: string[][] }
  | { type: 'code' }
  | { type: 'quote' };
export interface SourceMatch {
  pageIndex: number;
  page: number | null;
  start: number;
  end: number;
  snippet: string;
}
export interface DocChunk {
  idx: number;
  start: number;
  end: number;
  summary: string | null;
  tokens: number;
}
// ---- draft, revisions ---------------------------------------------------------------------------------------
export type DocumentTree = { type: 'doc'; content: unknown[] }; // TipTap/ProseMirror JSON: paragraph heading bulletList orderedList listItem blockquote codeBlock
// table tableRow tableHeader tableCell image horizontalRule pageBreak text hardBreak; marks bold italic underline strike code link{href}
export interface Draft {
  documentId: Id;
  version: number;
  tree: DocumentTree;
  words: number;
  updatedAt: Time;
  updatedBy: string | null;
}
export interface SaveDraft {
  tree: DocumentTree;
}
export interface Revision {
  number: number;
  name: string | null;
  cause: 'typed' | 'generated' | 'refined' | 'restored' | 'named';
  authorName: string | null;
  words: number;
  createdAt: Time;
}
export interface RevisionDetail {
  revision: Revision;
  tree: DocumentTree;
}
export interface NameRevision {
  name: string;
}
export interface Comparison {
  from: number;
  to: number | null;
  changes: WordChange[];
  inserted: number;
  deleted: number;
} // counts of words
export interface WordChange {
  op: 'equal' | 'insert' | 'delete';
  text: string;
} // paragraph breaks are "\n\n" in text
// ---- drafting and refining ----------------------------------------------------------------------------------
export interface GenerateRequest {
  documentId: Id;
  templateId: Id;
  instructions?: string;
  variables?: Record<string, string>;
  model?: string;
}
export interface Generation {
  id: Id;
  feature: 'draft' | 'refine';
  subjectId: Id | null;
  model: string;
  status: 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted';
  progress: GenerationProgress | null;
  text: string;
  failure: GenerationFailure | null;
  inputTokens: number;
  outputTokens: number;
  costMicros: number;
  durationMs: number | null;
  createdAt: Time;
  finishedAt: Time | null;
}
export interface GenerationProgress {
  step: 'reading' | 'chunk' | 'merging' | 'writing';
  done: number;
  total: number;
} // "chunk 3 of 9"
export interface GenerationFailure {
  code: string;
  detail: string;
  retryable: boolean;
}
export interface RefineRequest {
  documentId: Id;
  prompt: string;
  selection?: Selection;
  promptId?: Id;
  variables?: Record<string, string>;
  model?: string;
  wait?: boolean;
} // wait default true
export interface Selection {
  from: number;
  to: number;
  draftVersion: number;
} // ProseMirror positions in that draft version (409 draft_changed when stale)
export interface Refinement {
  id: Id;
  documentId: Id;
  prompt: string;
  selection: Selection | null;
  model: string;
  generationId: Id;
  status: 'running' | 'proposed' | 'accepted' | 'partly_accepted' | 'rejected' | 'failed';
  draftVersion: number;
  hunks: Hunk[];
  failure: GenerationFailure | null;
  costMicros: number;
  createdAt: Time;
  authorName: string | null;
}
export interface Hunk {
  id: number;
  state: 'open' | 'accepted' | 'rejected';
  oldStart: number;
  oldEnd: number; // top-level block index range in draftVersion
  oldBlocks: unknown[];
  newBlocks: unknown[];
  words: WordChange[];
}
export interface DecideHunks {
  hunks?: number[];
} // omitted = all open ones
export interface RefinementDecision {
  refinement: Refinement;
  draft: Draft;
}
// ---- exports, images ----------------------------------------------------------------------------------------
export interface ExportRequest {
  format: 'docx' | 'pdf';
  templateId?: Id;
} // letterhead of this template, default the document's
export interface Export {
  id: Id;
  documentId: Id;
  documentTitle: string;
  format: 'docx' | 'pdf';
  status: 'queued' | 'ready' | 'failed';
  key: string | null;
  fileName: string;
  size: number | null;
  failure: Failure | null;
  downloadUrl: string | null /* presigned, 15 min */;
  createdAt: Time;
  expiresAt: Time /* removed by retention */;
}
export interface Image {
  id: Id;
  src: string /* "carrel:images/<id>" for the tree and letterhead */;
  url: string /* "/api/v1/images/<id>" */;
  mediaType: string;
  size: number;
  width: number;
  height: number;
}
// ---- templates, prompts -------------------------------------------------------------------------------------
export interface Template {
  id: Id;
  name: string;
  description: string;
  scope: 'own' | 'global';
  mine: boolean;
  body: string /* Markdown with headings, guidance and {{variables}} */;
  variables: TemplateVariable[];
  letterhead: Letterhead;
  version: number;
  createdAt: Time;
  updatedAt: Time;
}
export interface TemplateVariable {
  name: string /* [a-zA-Z_][a-zA-Z0-9_]{0,63} */;
  label: string;
  kind: 'text' | 'longText' | 'select' | 'date';
  required: boolean;
  default: string;
  options: string[];
}
export interface Letterhead {
  logo: string | null /* carrel:images/<id> */;
  header: string;
  footer: string;
  pageNumbers: boolean;
  paper: 'a4' | 'letter';
  margins: Margins;
}
export interface Margins {
  top: number;
  right: number;
  bottom: number;
  left: number;
} // mm, 5..80
export interface TemplateInput {
  name: string;
  description?: string;
  scope?: 'own' | 'global';
  body: string;
  variables?: TemplateVariable[];
  letterhead?: Letterhead;
}
export interface TemplateVersion {
  version: number;
  name: string;
  authorName: string | null;
  createdAt: Time;
}
export interface PreviewRequest {
  body: string;
  variables?: TemplateVariable[];
  values?: Record<string, string>;
}
export interface TemplatePreview {
  tree: DocumentTree;
  missing: string[];
  unknown: string[];
}
export interface Prompt {
  id: Id;
  title: string;
  content: string;
  tags: string[];
  variables: string[] /* found in content */;
  shared: boolean;
  mine: boolean;
  authorName: string | null;
  uses: number;
  createdAt: Time;
  updatedAt: Time;
}
export interface PromptInput {
  title: string;
  content: string;
  tags?: string[];
  shared?: boolean;
}
// ---- models, providers, settings, usage ---------------------------------------------------------------------
export interface Model {
  id: string /* "<provider name>/<model>" or "carrel/extractive" */;
  name: string;
  provider: string;
  isDefault: boolean;
  builtIn: boolean;
  contextWindow: number | null;
  priceIn: number | null;
  priceOut: number | null /* micro-units per million tokens */;
}
export type ProviderKind = 'openai_compatible' | 'anthropic';
export interface ModelProvider {
  id: Id | null /* null: from the environment, read-only */;
  name: string;
  kind: ProviderKind;
  baseUrl: string;
  hasKey: boolean;
  source: 'web' | 'environment' | 'detected';
  enabled: boolean;
  models: ProviderModel[];
  createdAt: Time | null;
}
export interface ProviderModel {
  id: string;
  name: string;
  enabled: boolean;
  contextWindow: number | null;
  priceIn: number | null;
  priceOut: number | null;
}
export interface ProviderInput {
  name: string /* [a-z0-9-]{1,32} */;
  kind: ProviderKind;
  baseUrl: string;
  apiKey?: string /* omitted on PUT keeps it */;
  enabled?: boolean;
  models?: ProviderModel[];
}
export interface ProviderTestRequest {
  providerId?: Id;
  kind?: ProviderKind;
  baseUrl?: string;
  apiKey?: string;
}
export interface ProviderTest {
  ok: boolean;
  latencyMs: number | null;
  models: string[];
  code: string | null;
  detail: string;
}
export interface Settings {
  appName: string;
  signUp: 'open' | 'closed';
  defaultModel: string | null;
  uploadRetentionDays: number;
  exportRetentionDays: number;
  currency: string;
}
export interface UsageSummary {
  from: Time;
  to: Time;
  calls: number;
  inputTokens: number;
  outputTokens: number;
  costMicros: number;
}
// ---- system -------------------------------------------------------------------------------------------------
export interface SystemStatus {
  version: string;
  modelConfigured: boolean;
  ocrAvailable: boolean;
  database: 'sqlite' | 'postgres';
  objects: 'file' | 's3';
  devMode: boolean;
}

/** One page of a list; `nextCursor` is null on the last page. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}
