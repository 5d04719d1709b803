import { GraphQLError, type SelectionNode, type ValidationRule, validate } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { refuse } from './limits.ts';

/**
 * Refuses conditions on the root field of a subscription, as the specification of 2025 does: without its field it would
 * be no subscription, for which graphql-js throws. It checks before the rules of graphql-js, of which one throws, too.
 */
export function useSubscriptionRoots(): Plugin {
  return {
    onValidate({ params: { schema, documentAST }, setResult }) {
      const errors = validate(schema, documentAST, [unconditionalRoots]);
      if (errors.length > 0) setResult(errors);
    },
  };
}

const unconditionalRoots: ValidationRule = (context) => {
  const check = ({ directives = [] }: SelectionNode) => {
    if (context.getParentType() !== context.getSchema().getSubscriptionType()) return;
    const nodes = directives.filter(({ name }) => name.value === 'skip' || name.value === 'include');
    if (nodes.length === 0) return;
    const message = 'The root field of a subscription cannot have @skip or @include';
    context.reportError(refuse(new GraphQLError(message, { nodes })));
  };
  return { Field: check, InlineFragment: check, FragmentSpread: check };
};
