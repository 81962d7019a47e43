/** The operations that the page opens with, and those that the Examples panel offers beside them. */

import customers from './examples/customers.graphql?raw';
import datasets from './examples/datasets.graphql?raw';
import evidence from './examples/evidence.graphql?raw';
import importCustomers from './examples/import.graphql?raw';
import prepare from './examples/prepare.graphql?raw';
import preview from './examples/preview.graphql?raw';
import read from './examples/read.graphql?raw';
import recommend from './examples/recommend.graphql?raw';
import search from './examples/search.graphql?raw';
import train from './examples/train.graphql?raw';
import upload from './examples/upload.graphql?raw';
import watch from './examples/watch.graphql?raw';

export interface Example {
  readonly title: string;
  readonly about: string;
  readonly query: string;
  readonly variables: string;
}

const ofLastRun = { run: '{{lastRun}}' };

/** One after the other: from a file to segments. */
export const STEPS: readonly Example[] = [
  example('Upload', 'A file of customers becomes a dataset.', upload, { file: null }),
  example('Train', 'Start a clustering of the last dataset.', train, { dataset: '{{lastDataset}}' }),
  example('Watch', 'See it advance, live.', watch, ofLastRun),
  example('Read', 'Segments, what sets them apart, pictures.', read, ofLastRun),
];

export const MORE: readonly Example[] = [
  example('Preview', 'How a file would be read, before it is.', preview, { file: null, options: {} }),
  example('Search', 'Customers by key, filtered and sorted.', search, {
    dataset: '{{lastDataset}}',
    key: 'C-000001',
  }),
  example('Evidence', 'Why these segments, and how sure.', evidence, ofLastRun),
  example('Prepare', 'Another algorithm, other scaling.', prepare, { dataset: '{{lastDataset}}' }),
  example('Recommend', 'What to do about each segment.', recommend, ofLastRun),
  example('Customers', 'Typical customers of each segment.', customers, ofLastRun),
  example('Datasets', 'All datasets and their runs.', datasets, {}),
  example('Import', 'Customers as JSON, without a file.', importCustomers, { customers: fewCustomers() }),
];

/** The tabs of a first visit. */
export const FIRST_TABS: readonly Example[] = [...STEPS, ...MORE.filter(({ title }) => title === 'Datasets')];

function example(title: string, about: string, query: string, variables: object): Example {
  return { title, about, query, variables: JSON.stringify(variables, null, 2) };
}

function fewCustomers(): object[] {
  const spent = [120, 95, 110, 870, 910, 905, 130, 880];
  const visits = [2, 1, 2, 14, 15, 16, 3, 13];
  return spent.map((amount, at) => ({ customer: `C${at + 1}`, spent: amount, visits: visits[at] }));
}
