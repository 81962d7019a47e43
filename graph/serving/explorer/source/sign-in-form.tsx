/** The way in: a name and a password, or a key. */

import { useGraphiQL } from '@graphiql/react';
import { type ComponentProps, type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';

import { type Complaint, complaintOf } from './complaints';
import { leaveAccount } from './panels';
import { signIn, signInByKey } from './signing-in';

type Given = (field: string) => string;
type Attempt = (given: Given) => Promise<Complaint | null>;

export function SignInForm({ notice }: { notice: string | null }) {
  const [byKey, setByKey] = useState(false);
  return (
    <section className="panel sign-in" aria-label="Sign in">
      <h2>Sign in</h2>
      <p role="status" className="notice">
        {notice}
      </p>
      {byKey ? (
        <Form key="key" attempt={withKey}>
          {(complaint) => <Field label="API key" name="key" type="password" autoComplete="off" first complaint={complaint} />}
        </Form>
      ) : (
        <Form key="password" attempt={withPassword}>
          {(complaint) => (
            <>
              <Field label="Username" name="username" autoComplete="username" first complaint={complaint} />
              <Field label="Password" name="password" type="password" autoComplete="current-password" complaint={complaint} />
            </>
          )}
        </Form>
      )}
      <button type="button" className="link" onClick={() => setByKey(!byKey)}>
        {byKey ? 'Use a password instead' : 'Use an API key instead'}
      </button>
      {byKey ? <WayToKey /> : <WayToPassword />}
    </section>
  );
}

function WayToPassword() {
  return (
    <p className="way-in">
      No password at hand? The first start printed a password;{' '}
      <code>
        <span className="whole">segmentgraph create-admin</span> <span className="whole">--username NAME</span>
      </code>{' '}
      makes another.
    </p>
  );
}

function WayToKey() {
  return (
    <p className="way-in">
      No key at hand?{' '}
      <code>
        <span className="whole">segmentgraph create-api-key</span> <span className="whole">--role ANALYST</span>{' '}
        <span className="whole">--name NAME</span>
      </code>{' '}
      prints one.
    </p>
  );
}

async function withPassword(given: Given): Promise<Complaint | null> {
  const answer = await signIn(given('username').trim(), given('password'));
  return answer && complaintOf(answer, 'password');
}

async function withKey(given: Given): Promise<Complaint | null> {
  const key = given('key').trim();
  // A header takes nothing else.
  if (!/^[\x21-\x7e]+$/.test(key)) return { message: 'Keys have no spaces and no accents: was it copied as a whole?', field: 'key' };
  const answer = await signInByKey(key);
  return answer && complaintOf(answer, 'key');
}

function Form({ attempt, children }: { attempt: Attempt; children: (complaint: Complaint | null) => ReactNode }) {
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [complaint, setComplaint] = useState<Complaint | null>(null);
  const queryEditor = useGraphiQL(({ queryEditor }) => queryEditor);

  useEffect(() => {
    if (!complaint) return;
    form.current?.querySelector<HTMLInputElement>(`[name="${complaint.field}"]`)?.select();
    if (!complaint.seconds) return;
    const over = setTimeout(() => setComplaint(null), complaint.seconds * 1000);
    return () => clearTimeout(over);
  }, [complaint]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    const fields = new FormData(form.current!);
    setBusy(true);
    setComplaint(null);
    const failed = await attempt((field) => String(fields.get(field)));
    setBusy(false);
    setComplaint(failed);
    if (failed) return;
    leaveAccount();
    queryEditor?.focus();
  };

  return (
    <form ref={form} onSubmit={submit} aria-busy={busy}>
      {children(complaint)}
      <p role="alert" id="sign-in-complaint" className="complaint">
        {complaint?.message}
      </p>
      <button type="submit" className="graphiql-button primary" aria-disabled={busy}>
        {busy ? 'Signing in…' : 'Sign in'}
      </button>
    </form>
  );
}

type FieldProps = ComponentProps<'input'> & { label: string; name: string; first?: boolean; complaint: Complaint | null };

function Field({ label, first, complaint, ...input }: FieldProps) {
  const blamed = complaint?.field === input.name;
  return (
    <label>
      {label}
      <input
        {...input}
        required
        // Who is writing in an editor is not taken away from it.
        autoFocus={first && !document.activeElement?.closest('.monaco-editor')}
        autoCapitalize="none"
        spellCheck={false}
        aria-invalid={blamed}
        aria-describedby={blamed ? 'sign-in-complaint' : undefined}
      />
    </label>
  );
}
