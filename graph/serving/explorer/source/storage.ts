/** Where GraphiQL keeps tabs and history: the browser's storage, but never a header, for they say who is signed in. */

import type { GraphiQLProps } from 'graphiql';

type Storage = NonNullable<GraphiQLProps['storage']>;

const NAMESPACE = 'graphiql:';
/** GraphiQL leaves headers out of the tabs when told to; its history and favorites keep them all the same. */
const WITH_HEADERS = new Set(['tabState', 'queries', 'favorites'].map((name) => NAMESPACE + name));

export const storage: Storage = {
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, value) => localStorage.setItem(key, WITH_HEADERS.has(key) ? withoutHeaders(value) : value),
  removeItem: (key) => localStorage.removeItem(key),
  get length() {
    return keys().length;
  },
  clear: () => keys().forEach((key) => localStorage.removeItem(key)),
};

export const isFirstVisit = (): boolean => storage.getItem(`${NAMESPACE}tabState`) === null;

function withoutHeaders(json: string): string {
  return JSON.stringify(JSON.parse(json), (key, value) => (key === 'headers' ? null : value));
}

function keys(): string[] {
  return Object.keys(localStorage).filter((key) => key.startsWith(NAMESPACE));
}
