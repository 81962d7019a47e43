/** What the page keeps beside GraphiQL's own state: files to send, and the ids that came back last. */

import { useSyncExternalStore } from 'react';

export interface PickedFile {
  readonly key: number;
  /** The variable it stands for: a name, or a path such as `input.file` or `files.0`. */
  readonly variable: string;
  readonly file: File;
}

export interface Known {
  readonly id: string;
  readonly name?: string;
}

export type Placeholder = 'lastDataset' | 'lastRun';

export interface Session {
  readonly files: readonly PickedFile[];
  readonly known: Readonly<Partial<Record<Placeholder, Known>>>;
}

const KNOWN_KEY = 'segmentgraph:known';

let state: Session = { files: [], known: storedKnown() };
let nextKey = 0;
const listeners = new Set<() => void>();

export const session = (): Session => state;

export function useSession(): Session {
  return useSyncExternalStore(subscribe, session);
}

export function addFiles(files: Iterable<File>): void {
  for (const file of files) {
    const added = { key: nextKey++, variable: freeVariable(), file };
    change({ files: [...state.files, added] });
  }
}

export function renameFile(key: number, variable: string): void {
  change({ files: state.files.map((each) => (each.key === key ? { ...each, variable } : each)) });
}

export function removeFile(key: number): void {
  change({ files: state.files.filter((each) => each.key !== key) });
}

export function remember(placeholder: Placeholder, known: Known): void {
  keepKnown({ ...state.known, [placeholder]: known });
}

/** Drop every placeholder that stands for an id that was deleted. */
export function forget(id: string): void {
  keepKnown(Object.fromEntries(Object.entries(state.known).filter(([, known]) => known.id !== id)));
}

/** Drop all of it: the next who signs in here may be somebody else. */
export function forgetAll(): void {
  keepKnown({});
  change({ files: [] });
}

function change(part: Partial<Session>): void {
  state = { ...state, ...part };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function keepKnown(known: Session['known']): void {
  // Of this browser tab only: in another, somebody else may be signed in.
  sessionStorage.setItem(KNOWN_KEY, JSON.stringify(known));
  change({ known });
}

function storedKnown(): Session['known'] {
  try {
    return JSON.parse(sessionStorage.getItem(KNOWN_KEY) ?? '{}');
  } catch {
    return {};
  }
}

function freeVariable(): string {
  const taken = new Set(state.files.map((each) => each.variable));
  if (!taken.has('file')) return 'file';
  for (let number = 2; ; number++) if (!taken.has(`file${number}`)) return `file${number}`;
}
