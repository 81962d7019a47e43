/** Which panel stands at the side: GraphiQL opens and closes it by its buttons alone. */

import type { GraphiQLPlugin } from '@graphiql/react';

import { storage } from './storage';

export const ACCOUNT = 'Account';
const FIRST = 'Files';

const VISIBLE_KEY = 'graphiql:visiblePlugin';
const WIDTH_KEY = 'graphiql:docExplorerFlex';

/** The panel to go back to from Account; empty for none. */
let before = orFirst(storage.getItem(VISIBLE_KEY));

export function noteVisible(plugin: GraphiQLPlugin | null): void {
  if (plugin?.title !== ACCOUNT) before = plugin?.title ?? '';
}

/** Before the page is drawn: what was kept of the last visit counts more than what the page asks for. */
export function beginWithAccount(): void {
  storage.removeItem(VISIBLE_KEY);
  if (storage.getItem(WIDTH_KEY) === 'hide-first') storage.removeItem(WIDTH_KEY);
}

export function showPanel(title: string): void {
  press(`Show ${title}`);
}

/** Go on where one was before Account was shown. */
export function leaveAccount(): void {
  if (!document.querySelector(`[aria-label="Hide ${ACCOUNT}"]`)) return;
  press(before ? `Show ${before}` : `Hide ${ACCOUNT}`);
}

function press(label: string): void {
  document.querySelector<HTMLButtonElement>(`.graphiql-sidebar [aria-label="${label}"]`)?.click();
}

function orFirst(title: string | null): string {
  return title === null || title === ACCOUNT ? FIRST : title;
}
