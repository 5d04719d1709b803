import {
  BREAK,
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLField,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  TypeInfo,
  TypeNameMetaFieldDef,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { GraphQLContext } from '../app.ts';
import { memoize } from '../memoize.ts';
import type { PreparedArgs } from './operations.ts';

/** Characters of the answers that are kept. */
const KEPT_CHARACTERS = 4_000_000;

/** Loads what a query field with the argument `id` shows: an object that never changes. Null when there is none. */
type Load = (id: string, context: GraphQLContext) => Promise<object | null>;

const loads = new Map<string, Load>();

/**
 * Lets the answers of a query field be kept. The field must take what was loaded from `loaded` of the root value. Throws
 * what the field would throw.
 */
export function keepAnswersOf(field: string, load: Load): void {
  loads.set(field, load);
}

/** Marks a field whose value depends on its parent alone, and not on the caller. Fields that Pothos exposes need no mark. */
export const ownPart = { isOwnPart: true };

/** A document whose only operation is `query ($id: ID!) { field(id: $id) { … } }`, with own parts of the object alone. */
interface Read {
  readonly number: number;
  readonly variable: string;
  readonly load: Load;
}

/** An answer that may be kept, or is. */
export interface Keepable {
  /** The execution of the operation, on what was loaded already. */
  readonly args: ExecutionArgs;
  readonly kept: string | null;
  keep(answer: string): void;
}

/**
 * The answers to reads of objects that never change, as JSON. A change makes a new object, so an answer that is kept
 * holds as long as its object is the one that is loaded.
 */
export class KeptAnswers {
  readonly #reads: (document: DocumentNode) => Read | null;
  readonly #answers = new LRUCache<string, { object: object; answer: string }>({
    maxSize: KEPT_CHARACTERS,
    sizeCalculation: ({ answer }) => answer.length,
  });
  #documents = 0;

  constructor(schema: GraphQLSchema) {
    this.#reads = memoize((document) => {
      const read = readOf(schema, document);
      return read && { ...read, number: this.#documents++ };
    });
  }

  /** Returns null for an operation whose answer is never kept, or that fails. */
  async find(args: PreparedArgs): Promise<Keepable | null> {
    const read = this.#reads(args.document);
    const id = read && args.variableValues?.[read.variable];
    if (typeof id !== 'string') return null;
    const object = await read?.load(id, args.contextValue).catch(() => null);
    if (!read || !object) return null;
    const key = `${read.number} ${id}`;
    const known = this.#answers.get(key);
    return {
      args: { ...args, rootValue: { loaded: object } },
      kept: known?.object === object ? known.answer : null,
      keep: (answer) => this.#answers.set(key, { object, answer }),
    };
  }
}

function readOf(schema: GraphQLSchema, document: DocumentNode): Omit<Read, 'number'> | null {
  const [operation, ...others] = document.definitions.filter(
    ({ kind }) => kind === Kind.OPERATION_DEFINITION,
  );
  if (operation?.kind !== Kind.OPERATION_DEFINITION || others.length > 0) return null;
  const root = rootOf(operation);
  return root && hasOwnPartsOnly(schema, document) ? root : null;
}

function rootOf({ operation, selectionSet, variableDefinitions = [] }: OperationDefinitionNode) {
  const [field, ...others] = selectionSet.selections;
  if (operation !== OperationTypeNode.QUERY || field?.kind !== Kind.FIELD || others.length > 0) return null;
  const [argument, ...more] = field.arguments ?? [];
  const load = loads.get(field.name.value);
  if (!load || variableDefinitions.length !== 1 || argument?.name.value !== 'id' || more.length > 0)
    return null;
  return argument.value.kind === Kind.VARIABLE ? { variable: argument.value.name.value, load } : null;
}

function hasOwnPartsOnly(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema);
  let isOwn = true;
  const refuse = () => {
    isOwn = false;
    return BREAK;
  };
  const Field = () => {
    const field = types.getFieldDef();
    const isRoot = types.getParentType() === schema.getQueryType();
    return isRoot || (field && isOwnPart(field)) ? undefined : refuse();
  };
  visit(document, visitWithTypeInfo(types, { Field, Directive: refuse }));
  return isOwn;
}

function isOwnPart(field: GraphQLField<unknown, unknown>): boolean {
  const { extensions } = field;
  if (field === TypeNameMetaFieldDef) return true;
  return extensions['pothosExposedField'] !== undefined || extensions['isOwnPart'] === true;
}
