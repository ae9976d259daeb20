import { Lexer, type Token, TokenType } from "@actions/expressions/lexer";
import { embedded } from "../outputs/expression.ts";

/**
 * Whether an expression in a text reads all of a context, or a property of it by a name that is computed:
 * `toJSON(secrets)`, `secrets[matrix.name]`, `secrets.*`.
 * @param context in lower case
 */
export function readsWhole(text: string, context: string): boolean {
  return embedded(text, []).some((source) => {
    const tokens = tokensOf(source.text);
    return tokens.some(
      ({ type, lexeme }, index) =>
        type === TokenType.IDENTIFIER &&
        lexeme.toLowerCase() === context &&
        tokens[index - 1]?.type !== TokenType.DOT &&
        !isNamed(tokens.slice(index + 1)),
    );
  });
}

/** Whether what follows a context is a property by a name that is written down. */
function isNamed([first, second, third]: readonly Token[]): boolean {
  if (first?.type === TokenType.DOT) return second?.type === TokenType.IDENTIFIER;
  return (
    first?.type === TokenType.LEFT_BRACKET &&
    second?.type === TokenType.STRING &&
    third?.type === TokenType.RIGHT_BRACKET
  );
}

function tokensOf(text: string): readonly Token[] {
  try {
    return new Lexer(text).lex().tokens;
  } catch {
    return [];
  }
}
