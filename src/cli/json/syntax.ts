import { printParseErrorCode, type ParseError } from 'jsonc-parser'

/** What is wrong with the text, in words. */
export const syntaxWords = (error: ParseError | undefined): string =>
  error === undefined
    ? 'it is empty'
    : (words[printParseErrorCode(error.error)] ?? 'a character that cannot stand here')

const words: Readonly<Record<string, string>> = {
  InvalidNumberFormat: 'a number that is none',
  PropertyNameExpected: 'expected a key in double quotes (no comma after the last)',
  ValueExpected: 'expected a value (no comma after the last)',
  ColonExpected: 'expected ":"',
  CommaExpected: 'expected ","',
  CloseBraceExpected: 'expected "}"',
  CloseBracketExpected: 'expected "]"',
  EndOfFileExpected: 'something stands after the end',
  InvalidCommentToken: 'comments are not allowed',
  UnexpectedEndOfComment: 'comments are not allowed',
  UnexpectedEndOfString: 'a text without its closing quote',
}
