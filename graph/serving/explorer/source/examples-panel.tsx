/** The examples, to open again in a tab of their own, and what their placeholders stand for. */

import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from '@graphiql/react';

import { type Example, MORE, STEPS } from './examples';
import { type Known, useSession } from './session';

export const EXAMPLES_PLUGIN: GraphiQLPlugin = { title: 'Examples', icon: List, content: ExamplesPanel };

function ExamplesPanel() {
  const { known } = useSession();
  return (
    <section className="panel" aria-label="Examples">
      <h2>Examples</h2>
      <p>From a file to segments:</p>
      <ol>
        {STEPS.map((each) => (
          <ExampleRow key={each.title} example={each} />
        ))}
      </ol>
      <p>And more:</p>
      <ul>
        {MORE.map((each) => (
          <ExampleRow key={each.title} example={each} />
        ))}
      </ul>
      <h3>Placeholders</h3>
      <p>In the variables of any operation, these are replaced when it is sent:</p>
      <dl>
        <dt>{'"{{lastDataset}}"'}</dt>
        <dd>{meaning(known.lastDataset, 'dataset')}</dd>
        <dt>{'"{{lastRun}}"'}</dt>
        <dd>{meaning(known.lastRun, 'run')}</dd>
      </dl>
    </section>
  );
}

function ExampleRow({ example }: { example: Example }) {
  const open = useOpenInTab();
  return (
    <li>
      <button type="button" className="link" onClick={() => open(example)}>
        {example.title}
      </button>{' '}
      {example.about}
    </li>
  );
}

/** Go to the example's tab where it is open and unchanged, else open a new one. */
function useOpenInTab(): (example: Example) => void {
  const { addTab, changeTab } = useGraphiQLActions();
  const { tabs, queryEditor, variableEditor } = useGraphiQL(({ tabs, queryEditor, variableEditor }) => ({
    tabs,
    queryEditor,
    variableEditor,
  }));
  return ({ query, variables }) => {
    const open = tabs.findIndex((tab) => tab.query === query && tab.variables === variables);
    if (open >= 0) return changeTab(open);
    addTab();
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables);
  };
}

function meaning(known: Known | undefined, noun: string) {
  if (!known) return `the newest ${noun} of all, as long as you made none here`;
  return (
    <>
      the {noun} you made last: {known.name} <code>{known.id}</code>
    </>
  );
}

function List() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round">
      <path d="M9 6h11M9 12h11M9 18h11" />
      <path d="M4 6h.5M4 12h.5M4 18h.5" strokeWidth="2.4" />
    </svg>
  );
}
