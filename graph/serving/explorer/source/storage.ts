/** Where GraphiQL keeps tabs and history: the browser's storage, but never what shows who is signed in. */

import type { GraphiQLProps } from 'graphiql';

type Storage = NonNullable<GraphiQLProps['storage']>;

const NAMESPACE = 'graphiql:';
/** GraphiQL leaves headers out of the tabs when told to; its history and favorites keep them all the same. */
const WITH_HEADERS = new Set(['tabState', 'queries', 'favorites'].map((name) => NAMESPACE + name));

/** Passwords, as arguments or in variables; access tokens; refresh tokens and API keys. */
const PASSWORDS = /(password"?\s*:\s*)("""[^]*?"""|"(?:[^"\\\n]|\\.)*")/gi;
const TOKENS = /\b(eyJ[\w-]+\.[\w-]+\.[\w-]+|sgr?_[\w-]{8,})/g;

export const storage: Storage = {
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, value) => localStorage.setItem(key, WITH_HEADERS.has(key) ? withoutHeaders(value) : withoutSecrets(value)),
  removeItem: (key) => localStorage.removeItem(key),
  get length() {
    return keys().length;
  },
  clear: () => keys().forEach((key) => localStorage.removeItem(key)),
};

export const isFirstVisit = (): boolean => storage.getItem(`${NAMESPACE}tabState`) === null;

function withoutHeaders(json: string): string {
  return JSON.stringify(JSON.parse(json), (key, value) => {
    if (key === 'headers') return null;
    return typeof value === 'string' ? withoutSecrets(value) : value;
  });
}

/** An operation or its variables; the editors keep what was typed. */
function withoutSecrets(text: string): string {
  return text.replace(PASSWORDS, '$1""').replace(TOKENS, '');
}

function keys(): string[] {
  return Object.keys(localStorage).filter((key) => key.startsWith(NAMESPACE));
}
