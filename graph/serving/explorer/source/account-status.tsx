/** Who is signed in, in the top bar, and the way in and out. */

import { useEffect } from 'react';

import { ACCOUNT, showPanel } from './panels';
import { useSignOut } from './sign-out';
import { useSignIn } from './signing-in';

export function AccountStatus() {
  const { viewer, byKey, calls } = useSignIn();
  const signOut = useSignOut();
  useEffect(() => {
    if (calls > 0) showPanel(ACCOUNT);
  }, [calls]);
  return (
    <span className="account">
      <span role="status" className="who" title={viewer?.name}>
        {viewer ? (
          <>
            <span className="words">Signed in as</span> <span className="name">{viewer.name}</span>{' '}
            <span>
              ({viewer.role}
              {byKey && ', by key'})
            </span>
          </>
        ) : (
          <span className="words">Signed out</span>
        )}
      </span>
      <span aria-hidden="true" className={viewer ? undefined : 'words'}>
        ·
      </span>
      {viewer ? (
        <button type="button" className="link" onClick={signOut}>
          Sign out
        </button>
      ) : (
        <button type="button" className="link" onClick={goToForm}>
          Sign in
        </button>
      )}
    </span>
  );
}

function goToForm(): void {
  showPanel(ACCOUNT);
  document.querySelector<HTMLInputElement>('.sign-in input')?.focus(); // where it is shown already
}
