/** Why somebody could not sign in, in words. */

import { type Answer, inWords } from './posting';

export interface Complaint {
  readonly message: string;
  /** The field of the form to go to. */
  readonly field: string;
  /** After so many seconds it no longer holds. */
  readonly seconds?: number;
}

export function complaintOf({ data, errors = [] }: Answer, field: string): Complaint {
  const limit = errors.find(({ extensions }) => extensions?.code === 'RATE_LIMITED');
  if (limit) {
    const seconds: number = limit.extensions.retryAfter ?? 60;
    return { message: `Too many attempts: try again in ${inWords(seconds)}.`, field, seconds };
  }
  const mistakes: { message: string; path?: string[] }[] = data?.signIn?.userErrors ?? [];
  // The path ["input"] says that it is no single one.
  const blamed = mistakes[0]?.path?.[1];
  const message = [...mistakes, ...errors].map((each) => asSentence(each.message)).join(' ');
  return { message: message || 'The server did not say why.', field: blamed ?? field };
}

function asSentence(message: string): string {
  return message.replace(/^[a-z]/, (letter) => letter.toUpperCase()).replace(/[^.!?]$/, '$&.');
}
