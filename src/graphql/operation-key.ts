import { type DocumentNode, type ExecutionArgs, getOperationAST, Kind, visit } from 'graphql';

/** A parsed document, and what tells its operations apart. */
interface Document {
  readonly number: number;
  /** The names of the variables that are used below the arguments of root fields, by operation. */
  readonly variables: Map<string | null, readonly string[]>;
}

const documents = new WeakMap<DocumentNode, Document>();
let count = 0;

/**
 * Returns a text that is the same for subscriptions that give the same result for an event: the same document,
 * operation and variables. Arguments of root fields, such as `after`, decide only which events come, so their
 * variables do not count.
 */
export function operationKey({ document, operationName = null, variableValues }: ExecutionArgs): string {
  let known = documents.get(document);
  if (!known) {
    count += 1;
    known = { number: count, variables: new Map() };
    documents.set(document, known);
  }
  let names = known.variables.get(operationName);
  if (!names) {
    names = variablesBelowRoot(document, operationName);
    known.variables.set(operationName, names);
  }
  // A variable that is not given has its default. One that is null does not.
  const given = Object.entries(variableValues ?? {}).filter(([name]) => names.includes(name));
  return JSON.stringify([known.number, operationName, given.sort(([a], [b]) => (a < b ? -1 : 1))]);
}

function variablesBelowRoot(document: DocumentNode, operationName: string | null): string[] {
  const names = new Set<string>();
  const collect = {
    Variable: ({ name }: { name: { value: string } }) => {
      names.add(name.value);
    },
  };
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) visit(definition, collect);
  }
  for (const selection of getOperationAST(document, operationName)?.selectionSet.selections ?? []) {
    visit(selection.kind === Kind.FIELD ? { ...selection, arguments: [] } : selection, collect);
  }
  return [...names];
}
