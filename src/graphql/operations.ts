import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
} from 'graphql';
import type { GraphQLContext } from '../app.ts';
import { KeptAnswers } from './kept-answers.ts';
import type { KnownDocuments } from './known-documents.ts';
import { type Refusal, refusalOf } from './refusals.ts';
import { serializeResult } from './results.ts';
import { executeWithinLimits } from './variables.ts';
import type { TransportContext, Yoga } from './yoga.ts';

/** What a client asks to execute. */
export interface OperationParams {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

/** Makes the context of an operation. */
type ToContext = (transport: TransportContext) => GraphQLContext;

/** An operation that may be executed. */
export interface PreparedArgs extends ExecutionArgs {
  readonly contextValue: GraphQLContext;
}

/** The answer to an operation. */
export interface Answer {
  readonly json: string;
  /** Set where all of it was refused. */
  readonly refusal: Refusal | null;
}

/** Operations as Yoga's pipeline checks them, for transports that need no HTTP of it. */
export class Operations {
  readonly #yoga: Yoga;
  readonly #schema: GraphQLSchema;
  readonly #known: KnownDocuments;
  readonly #kept: KeptAnswers;
  readonly #toContext: ToContext;
  readonly #toClientError: (error: unknown) => GraphQLError;

  constructor(
    yoga: Yoga,
    schema: GraphQLSchema,
    known: KnownDocuments,
    toContext: ToContext,
    toClientError: (error: unknown) => GraphQLError,
  ) {
    this.#yoga = yoga;
    this.#schema = schema;
    this.#known = known;
    this.#kept = new KeptAnswers(schema);
    this.#toContext = toContext;
    this.#toClientError = toClientError;
  }

  /** Returns what to execute, by the parser, the rules and the limits of the pipeline; or the errors that forbid it. */
  prepare(params: OperationParams, transport: TransportContext): PreparedArgs | Refused {
    const known = this.prepareKnown(params, transport);
    if (known) return known;
    const { parse, validate } = this.#yoga.getEnveloped({ params, ...transport });
    try {
      const document: DocumentNode = parse(params.query);
      const errors: readonly GraphQLError[] = validate(this.#schema, document);
      if (errors.length > 0) return { errors: [...errors] };
      const noOperation = () => ({ errors: [new GraphQLError('The document has no such operation')] });
      return this.#argsOf(document, params, transport) ?? noOperation();
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] };
      throw error;
    }
  }

  /** Returns what to execute if the document was found valid before, over any transport. */
  prepareKnown(params: OperationParams, transport: TransportContext): PreparedArgs | null {
    const document = this.#known.get(params.query);
    return document ? this.#argsOf(document, params, transport) : null;
  }

  /** Executes a query or mutation. Returns its answer; null when nothing was executed: variables do not fit. */
  async answer(args: PreparedArgs): Promise<Answer | null> {
    const keepable = await this.#kept.find(args);
    if (keepable?.kept) return { json: keepable.kept, refusal: null };
    const result = await this.execute(keepable?.args ?? args);
    if (!('data' in result)) return null;
    const json = serializeResult(result);
    if (!result.errors) keepable?.keep(json);
    return { json, refusal: result.errors ? refusalOf(args, result) : null };
  }

  /** Executes a query or mutation. A client may see every error in its result. */
  async execute(args: ExecutionArgs): Promise<ExecutionResult> {
    const result = await executeWithinLimits(args);
    return result.errors ? { ...result, errors: result.errors.map(this.#toClientError) } : result;
  }

  /** Returns null where the document has no such operation. */
  #argsOf(
    document: DocumentNode,
    { operationName = null, variables = null }: OperationParams,
    transport: TransportContext,
  ): PreparedArgs | null {
    if (!getOperationAST(document, operationName)) return null;
    const contextValue = this.#toContext(transport);
    return { schema: this.#schema, document, operationName, variableValues: variables, contextValue };
  }
}

/** Why an operation is not executed. */
interface Refused {
  readonly errors: readonly GraphQLError[];
}
