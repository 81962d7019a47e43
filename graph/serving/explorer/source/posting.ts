/** Sends one request over HTTP, as multipart where there are files. */

import type { FetcherParams } from '@graphiql/toolkit';

import { type PickedFile } from './session';

export type HeaderMap = Record<string, string>;

export interface Answer {
  readonly data?: any;
  readonly errors?: readonly { readonly message: string; readonly extensions?: any }[];
}

export const ENDPOINT = new URL(location.pathname, location.origin);
const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';

let clockAhead = 0;

/** What this machine's clock shows when the server's shows that: no two go alike. */
export function localTime(serverTime: string): number {
  return Date.parse(serverTime) + clockAhead;
}

export async function post(params: FetcherParams, given: HeaderMap, files: readonly PickedFile[] = []): Promise<Answer> {
  const headers = new Headers({ Accept: ACCEPT });
  let body: BodyInit = JSON.stringify(params);
  if (files.length > 0) {
    // The browser names the multipart boundary itself. The server takes multipart only with a header that another
    // site's form can't send.
    headers.set('GraphQL-Preflight', '1');
    body = multipart(params, files);
  } else headers.set('Content-Type', 'application/json');
  try {
    for (const [name, value] of Object.entries(given)) headers.set(name, value);
    const response = await fetch(ENDPOINT, { method: 'POST', headers, body });
    const date = Date.parse(response.headers.get('Date') ?? '');
    if (date) clockAhead = Date.now() - date;
    return answerOf(response, await response.text());
  } catch (error) {
    return failure(`The request failed: ${(error as Error).message}. Is the server at ${ENDPOINT.host} running?`);
  }
}

export function failure(message: string): Answer {
  return { errors: [{ message }] };
}

/** A time to wait, in words. */
export function inWords(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

function multipart(params: FetcherParams, files: readonly PickedFile[]): FormData {
  const form = new FormData();
  form.append('operations', JSON.stringify(params));
  form.append('map', JSON.stringify(Object.fromEntries(files.map((each, at) => [at, [`variables.${each.variable}`]]))));
  files.forEach((each, at) => form.append(String(at), each.file));
  return form;
}

function answerOf(response: Response, text: string): Answer {
  try {
    const answer = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null) return answer;
  } catch {
    // A proxy's page, or nothing at all: told below.
  }
  if (response.status === 429) return failure(`Too many requests: try again ${whenAgain(response)}.`);
  return failure(`The server answered ${response.status} ${response.statusText}: ${text.slice(0, 500) || 'no text'}`);
}

function whenAgain(response: Response): string {
  const seconds = Number(response.headers.get('Retry-After'));
  return seconds > 0 ? `in ${inWords(seconds)}` : 'later';
}
