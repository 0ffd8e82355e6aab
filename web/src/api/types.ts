// The shapes of the public API (/api/v1), under short names. They come from docs/openapi.json by `npm run api`:
// what the server answers is said there, and nowhere else.

import type { components } from './schema';

type Schemas = components['schemas'];

/** A UUID. */
export type Id = string;
/** RFC 3339. */
export type Time = Schemas['Timestamp'];

/** One page of a list; `nextCursor` is null on the last page. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

// ---- common ---------------------------------------------------------------------------------------------------------
export type Problem = Schemas['Problem'];
export type FieldError = Schemas['FieldError'];

// ---- accounts -------------------------------------------------------------------------------------------------------
export type SetupStatus = Schemas['SetupStatus'];
export type SetupRequest = Schemas['SetupRequest'];
export type SignUpRequest = Schemas['SignUpRequest'];
export type SignInRequest = Schemas['SignInRequest'];
export type SignedIn = Schemas['SignedIn'];
export type Me = Schemas['Me'];
export type UpdateMe = Schemas['UpdateMe'];
export type ChangePassword = Schemas['ChangePassword'];
export type Session = Schemas['Session'];
export type ApiKey = Schemas['ApiKey'];
export type NewApiKey = Schemas['NewApiKey'];
export type MadeApiKey = Schemas['MadeApiKey'];

// ---- administration -------------------------------------------------------------------------------------------------
export type AdminPerson = Schemas['AdminPerson'];
export type CreatePerson = Schemas['CreatePerson'];
export type ChangePerson = Schemas['ChangePerson'];
export type PersonStatus = Schemas['Status'];
export type Named = Schemas['Named'];
export type PermissionMeaning = Schemas['Permission'];
export type Role = Schemas['Role'];
export type RoleInput = Schemas['RoleInput'];
export type GroupSummary = Schemas['GroupSummary'];
export type PeopleGroup = Schemas['Group'];
export type GroupInput = Schemas['GroupInput'];
export type OwnedApiKey = Schemas['OwnedApiKey'];
export type AuditEvent = Schemas['AuditEvent'];
export type AuditAction = Schemas['AuditAction'];
export type Verification = Schemas['Verification'];
export type EncryptionState = Schemas['EncryptionState'];
export type FieldKey = Schemas['FieldKey'];

// ---- documents ------------------------------------------------------------------------------------------------------
export type Document = Schemas['Document'];
export type DocumentPeople = Schemas['DocumentPeople'];
export type DocumentPerson = Schemas['DocumentPerson'];
export type Member = Schemas['DocumentMember'];
export type MemberRole = Schemas['MemberRole'];
export type Invitation = Schemas['Invitation'];
export type Offer = Schemas['Offer'];
export type FoundPerson = Schemas['FoundPerson'];
export type DocumentStatus = Schemas['DocumentStatus'];
export type Processing = Schemas['Processing'];
export type Failure = Schemas['Failure'];
export type UploadUrlRequest = Schemas['UploadUrlRequest'];
export type UploadUrl = Schemas['UploadUrl'];
export type IngestRequest = Schemas['IngestRequest'];
export type DownloadUrl = Schemas['DownloadUrl'];
export type SourcePages = Schemas['Page_SourcePage'];
export type SourcePage = Schemas['SourcePage'];
export type SourceBlock = Schemas['SourceBlock'];
export type SourceMatch = Schemas['SourceMatch'];

// ---- draft, revisions -----------------------------------------------------------------------------------------------
export type DocumentTree = Schemas['DocumentTree'];
export type Draft = Schemas['Draft'];
export type Revision = Schemas['Revision'];
export type RevisionDetail = Schemas['RevisionDetail'];
export type Comparison = Schemas['Comparison'];
export type WordChange = Schemas['WordChange'];

// ---- drafting and refining ------------------------------------------------------------------------------------------
export type GenerateRequest = Schemas['GenerateRequest'];
export type Generation = Schemas['Generation'];
export type GenerationProgress = Schemas['GenerationProgress'];
export type GenerationFailure = Schemas['GenerationFailure'];
export type RefineRequest = Schemas['RefineRequest'];
export type Refinement = Schemas['Refinement'];
export type Hunk = Schemas['Hunk'];
export type RefinementDecision = Schemas['RefinementDecision'];

// ---- exports, images ------------------------------------------------------------------------------------------------
export type ExportRequest = Schemas['ExportRequest'];
export type Export = Schemas['Export'];
export type Image = Schemas['Image'];

// ---- templates, prompts ---------------------------------------------------------------------------------------------
export type Template = Schemas['Template'];
export type TemplateVariable = Schemas['TemplateVariable'];
export type Letterhead = Schemas['Letterhead'];
export type Margins = Schemas['Margins'];
export type TemplateInput = Schemas['TemplateInput'];
export type TemplateVersion = Schemas['TemplateVersion'];
export type TemplateVersionDetail = Schemas['TemplateVersionDetail'];
export type PreviewRequest = Schemas['PreviewRequest'];
export type TemplatePreview = Schemas['TemplatePreview'];
export type Prompt = Schemas['Prompt'];
export type PromptInput = Schemas['PromptInput'];

// ---- models, providers, settings, usage -----------------------------------------------------------------------------
export type Model = Schemas['Model'];
export type ModelProvider = Schemas['ModelProvider'];
export type ProviderModel = Schemas['ProviderModel'];
export type ProviderInput = Schemas['ProviderInput'];
export type ProviderTestRequest = Schemas['ProviderTestRequest'];
export type ProviderTest = Schemas['ProviderTest'];
export type Settings = Schemas['Settings'];
export type UsageSummary = Schemas['UsageSummary'];

// ---- system ---------------------------------------------------------------------------------------------------------
export type SystemStatus = Schemas['SystemStatus'];
