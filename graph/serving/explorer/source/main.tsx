import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './style.css';

import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { ACCOUNT_PLUGIN } from './account-panel';
import { AccountStatus } from './account-status';
import { FIRST_TABS } from './examples';
import { EXAMPLES_PLUGIN } from './examples-panel';
import { fetcher } from './fetcher';
import { FILES_PLUGIN } from './files-panel';
import { LongLines } from './long-lines';
import { beginWithAccount, noteVisible } from './panels';
import { Pictures } from './pictures';
import { checkPass, signInState } from './signing-in';
import { isFirstVisit, storage } from './storage';

const WELCOME = `# An operation of your own. Ctrl-Space completes, Ctrl-Enter runs;
# the book on the left documents every field, the list offers examples.

`;

/** What the variables may hold: null is the place of a file, which the Files panel fills. */
const SCALARS = {
  Upload: { type: 'null' },
  JSON: { type: ['object', 'array', 'string', 'number', 'boolean'] },
  BigInt: { type: 'integer' },
};

const firstVisit = isFirstVisit();
const signedOut = signInState().viewer === null;
if (signedOut) beginWithAccount();
else void checkPass();

// A file dropped beside the Files panel would otherwise replace the page.
for (const name of ['dragover', 'drop']) window.addEventListener(name, (event) => event.preventDefault());

createRoot(document.getElementById('explorer')!).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={[FILES_PLUGIN, EXAMPLES_PLUGIN, HISTORY_PLUGIN, ACCOUNT_PLUGIN]}
    visiblePlugin={visibleAtFirst()}
    onTogglePluginVisibility={noteVisible}
    defaultTabs={[...FIRST_TABS]}
    // GraphiQL takes the first tab's text into its editors, but not its variables.
    initialVariables={firstVisit ? FIRST_TABS[0]!.variables : undefined}
    defaultQuery={WELCOME}
    defaultEditorToolsVisibility="variables"
    storage={storage}
    shouldPersistHeaders={false}
    customScalarSchemas={SCALARS}
    inputValueDeprecation
    schemaDescription
  >
    <GraphiQL.Logo>
      <AccountStatus />
      <span>
        Segment<strong>Graph</strong>
      </span>
    </GraphiQL.Logo>
    <GraphiQL.Footer>
      <LongLines />
      <Pictures />
    </GraphiQL.Footer>
  </GraphiQL>,
);

function visibleAtFirst() {
  if (signedOut) return ACCOUNT_PLUGIN;
  return firstVisit ? FILES_PLUGIN : undefined;
}
