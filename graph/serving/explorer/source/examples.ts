/** The operations that the page opens with, and those that the Examples panel offers beside them. */

import compete from './examples/compete.graphql?raw';
import customers from './examples/customers.graphql?raw';
import datasets from './examples/datasets.graphql?raw';
import evidence from './examples/evidence.graphql?raw';
import exportCustomers from './examples/export.graphql?raw';
import importCustomers from './examples/import.graphql?raw';
import predict from './examples/predict.graphql?raw';
import prepare from './examples/prepare.graphql?raw';
import preview from './examples/preview.graphql?raw';
import read from './examples/read.graphql?raw';
import recommend from './examples/recommend.graphql?raw';
import register from './examples/register.graphql?raw';
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
  example('Compete', 'Several algorithms, and a winner.', compete, { dataset: '{{lastDataset}}' }),
  example('Register', 'A run becomes a version of a model.', register, ofLastRun),
  example('Predict', 'Where new customers belong, and why.', predict, {
    run: '{{lastRun}}',
    customers: [newCustomer()],
  }),
  example('Export', 'Customers and their segments as a file.', exportCustomers, ofLastRun),
  example('Datasets', 'All datasets and their runs.', datasets, {}),
  example('Import', 'Customers as JSON, without a file.', importCustomers, { customers: fewCustomers() }),
];

/** The tabs of a first visit. */
export const FIRST_TABS: readonly Example[] = [...STEPS, ...MORE.filter(({ title }) => title === 'Datasets')];

function example(title: string, about: string, query: string, variables: object): Example {
  return { title, about, query, variables: JSON.stringify(variables, null, 2) };
}

/** One with the columns of the demo's customers. */
function newCustomer(): object {
  return {
    customer_id: 'C-900001',
    age: 41,
    annual_income: 52000,
    spending_score: 48,
    visits_per_month: 9.5,
    average_basket: 33.2,
    days_since_last_purchase: 8,
    tenure_months: 26,
    region: 'North',
    membership: 'Basic',
    preferred_channel: 'App',
    newsletter: 'yes',
    signup_date: '2024-04-12',
  };
}

function fewCustomers(): object[] {
  const spent = [120, 95, 110, 870, 910, 905, 130, 880];
  const visits = [2, 1, 2, 14, 15, 16, 3, 13];
  return spent.map((amount, at) => ({ customer: `C${at + 1}`, spent: amount, visits: visits[at] }));
}
