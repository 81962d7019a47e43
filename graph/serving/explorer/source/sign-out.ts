/** Signing out by a button: nothing that was answered to one is left for the next. */

import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';

import { ACCOUNT, showPanel } from './panels';
import { forgetAll } from './session';
import { signOut } from './signing-in';

export function useSignOut(): () => void {
  const { stop, updateActiveTabValues } = useGraphiQLActions();
  const tabs = useGraphiQL(({ tabs }) => tabs);
  const responseEditor = useGraphiQL(({ responseEditor }) => responseEditor);
  return () => {
    stop();
    // GraphiQL has an action for the open tab only; what was typed stays in all.
    for (const tab of tabs) tab.response = null;
    updateActiveTabValues({ response: null });
    responseEditor?.setValue('');
    forgetAll();
    void signOut();
    showPanel(ACCOUNT);
  };
}
