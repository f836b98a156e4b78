import ts from 'typescript'

/** What a source file does that the architecture has an opinion on. */
export interface Source {
  /** "src/engine/apply.ts" */
  readonly path: string
  readonly lines: number
  /** As written: "../model/errors.js", "execa", "node:fs". */
  readonly imports: readonly string[]
  /** Names of globals that are used: "process", "console". */
  readonly globals: readonly string[]
  /** Every text that stands in quotes, imports apart. */
  readonly texts: readonly string[]
  /** Names of properties that are set in object literals. */
  readonly properties: readonly string[]
}

export function readSource(path: string, text: string): Source {
  const imports: string[] = []
  const globals = new Set<string>()
  const texts: string[] = []
  const properties: string[] = []
  const visit = (node: ts.Node): void => {
    const specifier = importedBy(node)
    if (specifier !== null) imports.push(specifier)
    else if (ts.isStringLiteralLike(node) && !isSpecifier(node)) texts.push(node.text)
    if (ts.isIdentifier(node) && isGlobal(node)) globals.add(node.text)
    if (isSetting(node) && (ts.isIdentifier(node.name) || ts.isStringLiteralLike(node.name)))
      properties.push(node.name.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true))
  const lines = text.replace(/\n$/, '').split('\n').length
  return { path, lines, imports, globals: [...globals], texts, properties }
}

/** Static, dynamic, re-export and type-only: a type is a dependency too. */
function importedBy(node: ts.Node): string | null {
  const literal = ts.isImportDeclaration(node)
    ? node.moduleSpecifier
    : ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
        ? node.argument.literal
        : ts.isCallExpression(node) && isImportCall(node)
          ? node.arguments[0]
          : undefined
  if (literal === undefined) return null
  return ts.isStringLiteralLike(literal) ? literal.text : `(computed) ${literal.getText()}`
}

const isImportCall = (node: ts.CallExpression): boolean =>
  node.expression.kind === ts.SyntaxKind.ImportKeyword ||
  (ts.isIdentifier(node.expression) && node.expression.text === 'require')

const isSpecifier = (node: ts.Node): boolean =>
  importedBy(node.parent) !== null || importedBy(node.parent.parent) !== null

const isSetting = (node: ts.Node): node is ts.PropertyAssignment | ts.ShorthandPropertyAssignment =>
  ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)

function isGlobal(node: ts.Identifier): boolean {
  if (node.text !== 'process' && node.text !== 'console') return false
  const { parent } = node
  if (isOwnName(node)) return false
  if (ts.isPropertyAccessExpression(parent) && parent.name === node)
    return parent.expression.getText() === 'globalThis'
  return !(ts.isPropertyAssignment(parent) && parent.name === node)
}

/** A parameter of that name, or in a function that has one. */
function isOwnName(node: ts.Identifier): boolean {
  for (let at: ts.Node = node; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isFunctionLike(at) && at.parameters.some(({ name }) => name.getText() === node.text)) return true
  }
  return false
}
