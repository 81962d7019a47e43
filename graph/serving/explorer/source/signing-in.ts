/** Who is signed in, in this browser tab: what shows it to the server, and how that is kept fresh. */

import { useSyncExternalStore } from 'react';

import { keepAlone, newMark } from './copies';
import REFRESH_SESSION from './operations/refresh-session.graphql?raw';
import SIGN_IN from './operations/sign-in.graphql?raw';
import SIGN_OUT from './operations/sign-out.graphql?raw';
import VIEWER from './operations/viewer.graphql?raw';
import { type Answer, type HeaderMap, localTime, post } from './posting';

export interface Viewer {
  readonly name: string;
  readonly role: string;
}

interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** When to refresh it, by this machine's clock. */
  readonly renewAt: number;
  /** The same after a refresh. */
  readonly mark: string;
}

interface Key {
  readonly key: string;
}

/** What shows the server who is signed in. */
type Pass = (Session | Key) & { readonly viewer: Viewer };

export interface SignInState {
  readonly viewer: Viewer | null;
  readonly byKey: boolean;
  /** Why nobody is signed in, where there is something to say. */
  readonly notice: string | null;
  /** How often the form was called for. */
  readonly calls: number;
}

const KEPT = 'segmentgraph:signed-in';
const LONGEST_MARGIN = 60_000;

const ENDED = 'Your session has ended. Sign in again: what you typed is still here.';
const KEY_ENDED = 'Your API key no longer holds: it was revoked, or has expired. What you typed is still here.';
const COPIED = 'This browser tab is a copy of one that is signed in. Sign in here too.';
const SIGN_IN_FIRST = 'Sign in first: what you ran is not open to everybody.';
const UNKNOWN_KEY = 'The server does not know this key, or it was revoked or has expired.';

let pass: Pass | null = stored();
let state: SignInState = { ...told(pass), notice: null, calls: 0 };
let renewing: Promise<void> | null = null;
const listeners = new Set<() => void>();

keepAlone(
  () => (pass && 'mark' in pass ? pass.mark : null),
  () => end(COPIED),
);

export const signInState = (): SignInState => state;

export function useSignIn(): SignInState {
  return useSyncExternalStore(subscribe, signInState);
}

/** Give null once signed in, else the answer that says why not. */
export async function signIn(username: string, password: string): Promise<Answer | null> {
  const answer = await post({ query: SIGN_IN, variables: { input: { username, password } } }, {});
  return keepSession(answer.data?.signIn, newMark()) ? null : answer;
}

/** Take a key, if it opens anything. */
export async function signInByKey(key: string): Promise<Answer | null> {
  const answer = await post({ query: VIEWER }, { 'X-API-Key': key });
  const viewer = answer.data?.viewer;
  if (!viewer) return answer.errors && !denialOf(answer) ? answer : { errors: [{ message: UNKNOWN_KEY }] };
  keep({ key, viewer });
  return null;
}

/** Forget who was signed in, whatever the server says to it. */
export async function signOut(): Promise<void> {
  await renewing;
  const before = pass;
  forget('You are signed out.');
  if (before && 'refreshToken' in before) {
    const input = { refreshToken: before.refreshToken };
    const answer = await post({ query: SIGN_OUT, variables: { input } }, headersOf(before));
    if (!answer.data?.signOut && !pass) forget(`This tab has forgotten you, but the session could not be ended: ${answer.errors?.[0]?.message ?? 'no answer'}`);
  }
}

/** Find out whether what was kept since the page was last loaded still holds. */
export async function checkPass(): Promise<void> {
  if (!pass) return;
  await renewWhenDue();
  const before = pass;
  const { data } = await post({ query: VIEWER }, headersOf(before));
  if (!data || pass !== before) return; // The server can't be asked, or somebody was faster.
  if (data.viewer) keep({ ...before, viewer: data.viewer });
  else await holdsAgain(before);
}

/** Send with the pass of whoever is signed in; once more when it was expired, and could be refreshed. */
export async function sendSignedIn(given: HeaderMap, send: (headers: HeaderMap) => Promise<Answer>): Promise<Answer> {
  const { headers, renewed } = await headersFor(given);
  const answer = await send(headers);
  const denial = denialOf(answer);
  if (!denial || !(await renewed(denial.reason))) return answer;
  return send((await headersFor(given)).headers);
}

/** The headers to send, and what to ask when they are refused: whether there are better ones by now. */
export async function headersFor(given: HeaderMap) {
  // Who writes them into the headers' editor wants these.
  if (Object.keys(given).some((name) => /^(authorization|x-api-key)$/i.test(name))) {
    return { headers: given, renewed: async () => false };
  }
  await renewWhenDue();
  const before = pass;
  const renewed = (reason?: string) => holdsAgain(before, reason);
  return { headers: { ...headersOf(before), ...given }, renewed };
}

export function denialOf({ errors }: Answer): { readonly reason?: string } | undefined {
  return errors?.find(({ extensions }) => extensions?.code === 'UNAUTHENTICATED')?.extensions;
}

async function holdsAgain(refused: Pass | null, reason?: string): Promise<boolean> {
  if (pass === refused) {
    if (!refused) call(SIGN_IN_FIRST);
    else if ('key' in refused) end(KEY_ENDED);
    else if (reason === 'ENDED') end(ENDED);
    else await renew();
  }
  return pass !== null && pass !== refused;
}

async function renewWhenDue(): Promise<void> {
  if (pass && 'renewAt' in pass && Date.now() >= pass.renewAt) await renew();
}

/** One at a time: a refresh token that is used twice ends the session. */
function renew(): Promise<void> {
  renewing ??= renewOnce().finally(() => {
    renewing = null;
  });
  return renewing;
}

async function renewOnce(): Promise<void> {
  const before = pass;
  if (!before || !('refreshToken' in before)) return;
  const input = { refreshToken: before.refreshToken };
  const answer = await post({ query: REFRESH_SESSION, variables: { input } }, {});
  if (pass !== before) return;
  const payload = answer.data?.refreshSession;
  // With no payload at all, the server can't be reached or is busy: the next request tries again.
  if (!keepSession(payload, before.mark) && (payload || denialOf(answer))) end(ENDED);
}

function keepSession(payload: any, mark: string): boolean {
  if (!payload?.accessToken) return false;
  const { accessToken, refreshToken, expiresAt, user } = payload;
  const expires = localTime(expiresAt);
  const margin = Math.min(LONGEST_MARGIN, (expires - Date.now()) / 3);
  const viewer = { name: user.name || user.username, role: user.role };
  keep({ accessToken, refreshToken, renewAt: expires - margin, mark, viewer });
  return true;
}

function headersOf(pass: Pass | null): HeaderMap {
  if (!pass) return {};
  return 'key' in pass ? { 'X-API-Key': pass.key } : { Authorization: `Bearer ${pass.accessToken}` };
}

function keep(next: Pass): void {
  pass = next;
  // Of this browser tab only, and gone with it.
  sessionStorage.setItem(KEPT, JSON.stringify(next));
  change({ ...told(next), notice: null });
}

function end(notice: string): void {
  forget(notice);
  call(notice);
}

function forget(notice: string): void {
  pass = null;
  sessionStorage.removeItem(KEPT);
  change({ ...told(null), notice });
}

function call(notice: string): void {
  change({ notice, calls: state.calls + 1 });
}

function told(pass: Pass | null) {
  return { viewer: pass?.viewer ?? null, byKey: pass !== null && 'key' in pass };
}

function stored(): Pass | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? 'null');
  } catch {
    return null;
  }
}

function change(part: Partial<SignInState>): void {
  state = { ...state, ...part };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
