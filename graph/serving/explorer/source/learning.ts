/** What a mutation's response teaches: the ids that the placeholders stand for from now on. */

import { OperationTypeNode, type OperationDefinitionNode } from 'graphql';

import { forget, remember } from './session';

export function learn(operation: OperationDefinitionNode | null, answer: any): void {
  if (operation?.operation !== OperationTypeNode.MUTATION) return;
  for (const payload of Object.values<any>(answer.data ?? {})) {
    const { dataset, run, deletedId } = payload ?? {};
    if (dataset?.id) remember('lastDataset', { id: dataset.id, name: dataset.name });
    if (run?.id) remember('lastRun', { id: run.id });
    if (deletedId) forget(deletedId);
  }
}
