/** What happens to an operation's variables before they are sent: placeholders become ids, files take their places. */

import { Kind, type OperationDefinitionNode, type TypeNode } from 'graphql';

import { type PickedFile, type Placeholder, session } from './session';

export type Variables = Record<string, unknown>;

const PLACEHOLDER = /^\{\{\s*(\w+)\s*\}\}$/;

const NEWEST: Record<Placeholder, { query: string; list: string; missing: string }> = {
  lastDataset: {
    query: '{ datasets(first: 1) { edges { node { id } } } }',
    list: 'datasets',
    missing: 'there is no dataset yet: run the tab Upload first',
  },
  lastRun: {
    query: '{ clusteringRuns(first: 1) { edges { node { id } } } }',
    list: 'clusteringRuns',
    missing: 'there is no run yet: run the tabs Upload and Train first',
  },
};

/** Say what to do, in the place of a response. */
export class NotSent extends Error {}

/** Put ids in the place of `"{{lastDataset}}"` and `"{{lastRun}}"`, wherever they stand. */
export async function fillPlaceholders(value: unknown, ask: (query: string) => Promise<any>): Promise<any> {
  if (typeof value === 'string') {
    const name = PLACEHOLDER.exec(value)?.[1];
    return name ? idOf(name, ask) : value;
  }
  if (Array.isArray(value)) return Promise.all(value.map((each) => fillPlaceholders(each, ask)));
  if (typeof value !== 'object' || value === null) return value;
  const filled = Object.entries(value).map(async ([key, each]) => [key, await fillPlaceholders(each, ask)]);
  return Object.fromEntries(await Promise.all(filled));
}

async function idOf(name: string, ask: (query: string) => Promise<any>): Promise<string> {
  if (!(name in NEWEST)) {
    throw new NotSent(`Not sent: {{${name}}} stands for nothing; there are ${Object.keys(NEWEST).join(' and ')}.`);
  }
  const placeholder = name as Placeholder;
  const known = session().known[placeholder];
  if (known) return known.id;
  const { query, list, missing } = NEWEST[placeholder];
  const answer = await ask(query);
  const id = answer.data?.[list]?.edges[0]?.node.id;
  if (id) return id;
  throw new NotSent(`Not sent: {{${name}}} has no value, ${answer.errors?.[0]?.message ?? missing}.`);
}

/** The picked files that this operation has variables for. */
export function filesOf(operation: OperationDefinitionNode | null): PickedFile[] {
  const declared = new Set(operation?.variableDefinitions?.map((each) => each.variable.name.value));
  return session().files.filter((each) => declared.has(each.variable.split('.')[0] ?? ''));
}

/** Null where a file will be, as the multipart specification has it. */
export function withPlaces(variables: Variables, files: readonly PickedFile[]): Variables {
  const copy: Variables = structuredClone(variables);
  for (const { variable } of files) {
    const parts = variable.split('.');
    let place: any = copy;
    parts.forEach((part, at) => {
      const next = parts[at + 1];
      place[part] = next === undefined ? null : (place[part] ?? (/^\d+$/.test(next) ? [] : {}));
      place = place[part];
    });
  }
  return copy;
}

/** Refuse an operation that wants a file where none was picked; the server's own words for it don't help. */
export function checkFiles(operation: OperationDefinitionNode | null, variables: Variables, files: readonly PickedFile[]) {
  const given = new Set(files.map((each) => each.variable));
  if (given.size < files.length) throw new NotSent('Not sent: two files in the Files panel stand for the same variable.');
  for (const { type, variable } of operation?.variableDefinitions ?? []) {
    const name = variable.name.value;
    if (requiresFile(type) && variables[name] == null && !given.has(name)) {
      throw new NotSent(`Not sent: choose a file for $${name} in the Files panel, the paper clip on the left.`);
    }
  }
}

function requiresFile(type: TypeNode): boolean {
  return type.kind === Kind.NON_NULL_TYPE && type.type.kind === Kind.NAMED_TYPE && type.type.name.value === 'Upload';
}
