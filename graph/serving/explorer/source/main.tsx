import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './style.css';

import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { FIRST_TABS } from './examples';
import { EXAMPLES_PLUGIN } from './examples-panel';
import { fetcher } from './fetcher';
import { FILES_PLUGIN } from './files-panel';
import { LongLines } from './long-lines';
import { Pictures } from './pictures';
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

// A file dropped beside the Files panel would otherwise replace the page.
for (const name of ['dragover', 'drop']) window.addEventListener(name, (event) => event.preventDefault());

createRoot(document.getElementById('explorer')!).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={[FILES_PLUGIN, EXAMPLES_PLUGIN, HISTORY_PLUGIN]}
    visiblePlugin={firstVisit ? FILES_PLUGIN : undefined}
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
      Segment<strong>Graph</strong>
    </GraphiQL.Logo>
    <GraphiQL.Footer>
      <LongLines />
      <Pictures />
    </GraphiQL.Footer>
  </GraphiQL>,
);
