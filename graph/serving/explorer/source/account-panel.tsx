/** Who is signed in, or the form to do so. */

import type { GraphiQLPlugin } from '@graphiql/react';

import { ACCOUNT } from './panels';
import { SignInForm } from './sign-in-form';
import { useSignOut } from './sign-out';
import { useSignIn } from './signing-in';

const DOES: Record<string, string> = {
  USER: 'It reads every dataset, run and segment.',
  ANALYST: 'It reads everything, and uploads, trains, names and reviews.',
  ADMIN: 'It does everything, also with accounts, keys, the audit and personal data.',
};

export const ACCOUNT_PLUGIN: GraphiQLPlugin = { title: ACCOUNT, icon: Person, content: AccountPanel };

function AccountPanel() {
  const { viewer, byKey, notice } = useSignIn();
  const signOut = useSignOut();
  if (!viewer) return <SignInForm notice={notice} />;
  return (
    <section className="panel sign-in" aria-label="Account">
      <h2>Signed in</h2>
      <p>
        You are <strong>{viewer.name}</strong>
        {byKey && ', by an API key'}, in the role <strong>{viewer.role}</strong>. {DOES[viewer.role]}
      </p>
      <p>This holds in this browser tab only, until you sign out or close it.</p>
      <button type="button" className="graphiql-button" onClick={signOut}>
        Sign out
      </button>
    </section>
  );
}

function Person() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round">
      <circle cx="12" cy="8" r="4" />
      <path d="M4.5 20.5c.6-4 3.6-6 7.5-6s6.9 2 7.5 6" />
    </svg>
  );
}
