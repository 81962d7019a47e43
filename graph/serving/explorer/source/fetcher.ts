/** Sends operations: over HTTP, as multipart where there are files, over a WebSocket where there is a stream. */

import type { Fetcher, FetcherParams } from '@graphiql/toolkit';
import { getOperationAST, type OperationDefinitionNode, parse } from 'graphql';
import { createClient } from 'graphql-ws';

import { learn } from './learning';
import { type PickedFile } from './session';
import { checkFiles, filesOf, fillPlaceholders, NotSent, withPlaces } from './variables';

type HeaderMap = Record<string, string>;

const ENDPOINT = new URL(location.pathname, location.origin);
const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';

const CLOSE_CODES: Record<number, string> = {
  1000: 'the server ended it',
  1001: 'the server is going away',
  1006: 'the server can’t be reached, or refused the connection',
  1011: 'the server failed',
  1012: 'the server is restarting',
  1013: 'the server is busy, try again later',
  4400: 'the server did not understand the message',
  4401: 'not signed in: the header Authorization is missing or wrong',
  4403: 'not allowed',
  4406: 'the server speaks another protocol',
  4408: 'the server waited too long for the first message',
  4409: 'this subscription is there already',
  4429: 'too many requests',
  4500: 'the server failed',
};

export const fetcher: Fetcher = async (params, options) => {
  const headers: HeaderMap = options?.headers ?? {};
  const operation = operationOf(params);
  const ask = (query: string) => post({ query }, headers, []);
  try {
    const variables = await fillPlaceholders(params.variables ?? {}, ask);
    const files = filesOf(operation);
    checkFiles(operation, variables, files);
    const request = { ...params, operationName: operation?.name?.value ?? params.operationName, variables: withPlaces(variables, files) };
    if (operation?.operation === 'subscription') return watch(request, headers);
    const answer = await post(request, headers, files);
    learn(operation, answer);
    return answer;
  } catch (error) {
    if (error instanceof NotSent) return failure(error.message);
    throw error;
  }
};

/** The only operation there is, else the one that is named: just after a change of tabs, the name is still the old tab's. */
function operationOf({ query, operationName }: FetcherParams): OperationDefinitionNode | null {
  try {
    const document = parse(query);
    return getOperationAST(document) ?? getOperationAST(document, operationName) ?? null;
  } catch {
    return null; // The server says what is wrong with it.
  }
}

async function post(params: FetcherParams, given: HeaderMap, files: readonly PickedFile[]): Promise<any> {
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
    return answerOf(response, await response.text());
  } catch (error) {
    return failure(`The request failed: ${(error as Error).message}. Is the server at ${ENDPOINT.host} running?`);
  }
}

function multipart(params: FetcherParams, files: readonly PickedFile[]): FormData {
  const form = new FormData();
  form.append('operations', JSON.stringify(params));
  form.append('map', JSON.stringify(Object.fromEntries(files.map((each, at) => [at, [`variables.${each.variable}`]]))));
  files.forEach((each, at) => form.append(String(at), each.file));
  return form;
}

function answerOf(response: Response, text: string): unknown {
  try {
    const answer = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null) return answer;
  } catch {
    // A proxy's page, or nothing at all: told below.
  }
  return failure(`The server answered ${response.status} ${response.statusText}: ${text.slice(0, 500) || 'no text'}`);
}

/** An observable, as GraphiQL takes it: its stop button closes the connection at once. */
function watch(params: FetcherParams, headers: HeaderMap) {
  return {
    subscribe(observer: { next(value: any): void; complete(): void }) {
      const url = new URL(ENDPOINT);
      url.protocol = url.protocol.replace('http', 'ws');
      const client = createClient({ url: url.href, connectionParams: headers, retryAttempts: 0 });
      let last = {};
      const finish = () => {
        observer.complete();
        void client.dispose();
      };
      const unsubscribe = client.subscribe(params, {
        next: (result) => {
          last = result;
          observer.next(result);
        },
        error: (cause) => {
          // Under the last state, not instead of it.
          observer.next({ ...last, ...told(cause) });
          finish();
        },
        complete: finish,
      });
      return { unsubscribe };
    },
  };
}

function told(cause: unknown) {
  if (Array.isArray(cause)) return { errors: cause };
  if (cause instanceof CloseEvent) {
    const why = [cause.reason, CLOSE_CODES[cause.code]].filter(Boolean).join('; ');
    return failure(`The connection was closed with code ${cause.code}: ${why || 'no reason was given'}.`);
  }
  return failure(cause instanceof Error ? cause.message : `The connection failed: ${CLOSE_CODES[1006]}.`);
}

function failure(message: string) {
  return { errors: [{ message }] };
}
