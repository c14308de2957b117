import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

/**
 * @typedef {{ type: string, test?: unknown, consequent?: readonly AstNode[], argument?: AstNode | null, expression?: AstNode,
 *   typeAnnotation?: { type: string } }} AstNode
 */

/** Whether a statement is `value satisfies never`, returned or not. @param {AstNode} statement */
function provesUnreachable({ type, argument, expression }) {
  const value = type === 'ReturnStatement' ? argument : expression;
  return value?.type === 'TSSatisfiesExpression' && value.typeAnnotation?.type === 'TSNeverKeyword';
}

/** Leaves out the default of an exhaustive switch: the types prove that it is never reached. */
export const unreachableDefault = {
  /** @param {{ node: AstNode }} path */
  shouldIgnore: ({ node }) =>
    node.type === 'SwitchCase' && node.test === null && node.consequent?.some(provesUnreachable) === true
      ? 'never reached'
      : undefined,
};

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'unreachable-default', unreachableDefault)];
