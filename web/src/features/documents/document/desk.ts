// What the parts of the document page share: the draft and its editor, the run in progress, the open
// suggestions.
import type { Editor } from '@tiptap/react';
import { createContext, useContext } from 'react';
import type { Document, Draft, GenerateRequest, Generation, Id, Refinement } from '../../../api/types';
import type { RunView } from '../ai/useRun';
import type { DraftSaving } from './useDraftSaving';

export interface RefineWish {
  prompt: string;
  promptId?: Id;
  variables?: Record<string, string>;
  model?: string;
  /** Refine only what is selected in the editor. */
  onlySelection: boolean;
}

export interface ActiveRun extends RunView {
  id: Id;
  feature: Generation['feature'];
}

/** A run that ended without its result. */
export interface EndedRun extends ActiveRun {
  /** Does the same again. Null when this window did not start it. */
  retry: (() => void) | null;
  /** The wish of a refinement that this window started. */
  prompt: string | null;
}

export interface Desk {
  document: Document;
  draft: Draft | null;
  saving: DraftSaving | null;
  editor: Editor | null;
  setEditor(editor: Editor | null): void;
  /** The server wrote the draft: show it and go on from its version, unless unsaved words stand against it. */
  adopt(draft: Draft): boolean;
  /** Sends what is unsaved; false (and said on screen) when that failed. */
  flush(): Promise<boolean>;
  active: ActiveRun | null;
  ended: EndedRun | null;
  forgetEnded(): void;
  /** Begins an empty draft, to be written by hand. */
  startBlank(): Promise<void>;
  startDraft(request: Omit<GenerateRequest, 'documentId'>): Promise<void>;
  startRefine(wish: RefineWish): Promise<void>;
  stop(): Promise<void>;
  /** The suggestions that wait for a decision. */
  refinement: Refinement | null;
  /** The hunk that is looked at. */
  hunk: number | null;
  setHunk(hunk: number | null): void;
  decide(decision: 'accept' | 'reject', hunks?: number[]): Promise<void>;
}

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error('useDesk is only for parts of the document page');
  return desk;
}
