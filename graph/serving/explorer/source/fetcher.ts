/** Sends operations: over HTTP, or over a WebSocket where there is a stream, as whoever is signed in. */

import type { Fetcher, FetcherParams } from '@graphiql/toolkit';
import { getOperationAST, type OperationDefinitionNode, parse } from 'graphql';
import { createClient } from 'graphql-ws';

import { learn } from './learning';
import { ENDPOINT, failure, type HeaderMap, post } from './posting';
import { denialOf, headersFor, sendSignedIn } from './signing-in';
import { checkFiles, filesOf, fillPlaceholders, NotSent, withPlaces } from './variables';

const DENIED = 4403;

const CLOSE_CODES: Record<number, string> = {
  1000: 'the server ended it',
  1001: 'the server is going away',
  1006: 'the server can’t be reached, or refused the connection',
  1011: 'the server failed',
  1012: 'the server is restarting',
  1013: 'the server is busy, try again later',
  4400: 'the server did not understand the message',
  4401: 'not signed in: the header Authorization is missing or wrong',
  [DENIED]: 'the token or key that was sent does not hold, or no longer',
  4406: 'the server speaks another protocol',
  4408: 'the server waited too long for the first message',
  4409: 'this subscription is there already',
  4429: 'too many requests, try again later',
  4500: 'the server failed',
};

export const fetcher: Fetcher = async (params, options): Promise<any> => {
  const given: HeaderMap = options?.headers ?? {};
  // The schema is open to everybody, also to somebody whose session has ended.
  if (params.operationName === 'IntrospectionQuery') return post(params, given);
  const operation = operationOf(params);
  const ask = (query: string) => sendSignedIn(given, (headers) => post({ query }, headers));
  try {
    const variables = await fillPlaceholders(params.variables ?? {}, ask);
    const files = filesOf(operation);
    checkFiles(operation, variables, files);
    const request = { ...params, operationName: operation?.name?.value ?? params.operationName, variables: withPlaces(variables, files) };
    if (operation?.operation === 'subscription') return watch(request, given);
    const answer = await sendSignedIn(given, (headers) => post(request, headers, files));
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

/** An observable, as GraphiQL takes it: its stop button closes the connection at once. */
function watch(params: FetcherParams, given: HeaderMap) {
  return {
    subscribe(observer: { next(value: any): void; complete(): void }) {
      let last = {};
      let stopped = false;
      let stop = () => {};
      // An expired token ends the connection; with a new one it goes on, but not again and again without a word.
      let again = true;
      const connect = async () => {
        const { headers, renewed } = await headersFor(given);
        if (stopped) return;
        const url = new URL(ENDPOINT);
        url.protocol = url.protocol.replace('http', 'ws');
        const client = createClient({ url: url.href, connectionParams: headers, retryAttempts: 0 });
        const fail = async (cause: unknown) => {
          const denied = isDenied(cause) && (await renewed()) && again;
          if (stopped) return;
          if (denied) {
            again = false;
            return connect();
          }
          // Under the last state, not instead of it.
          observer.next({ ...last, ...told(cause) });
          observer.complete();
        };
        stop = client.subscribe(params, {
          next: (result) => {
            last = result;
            again = true;
            observer.next(result);
          },
          error: (cause) => {
            void client.dispose();
            void fail(cause);
          },
          complete: () => {
            void client.dispose();
            observer.complete();
          },
        });
      };
      void connect();
      return {
        unsubscribe() {
          stopped = true;
          stop();
        },
      };
    },
  };
}

function isDenied(cause: unknown): boolean {
  if (cause instanceof CloseEvent) return cause.code === DENIED;
  return Array.isArray(cause) && denialOf({ errors: cause }) !== undefined;
}

function told(cause: unknown) {
  if (Array.isArray(cause)) return { errors: cause };
  if (cause instanceof CloseEvent) {
    const why = cause.reason.replace(/\.$/, '') || CLOSE_CODES[cause.code] || 'no reason was given';
    return failure(`The connection was closed with code ${cause.code}: ${why}.`);
  }
  return failure(cause instanceof Error ? cause.message : `The connection failed: ${CLOSE_CODES[1006]}.`);
}
