// build.js [FOLDER]: bundles the program into dist/ (or FOLDER), and what developers run beside it into dist/dev/.
import { chmod, rm } from 'node:fs/promises'
import { build } from 'esbuild'

// The parser of yargs is needed in every run, the rest of it for help texts. They meet in yargs/helpers, in a
// function that nobody here calls: without what that function uses, the rest is a chunk of its own.
const yargsInParts = {
  name: 'yargs-in-parts',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /esm\.mjs$|apply-extends\.js$/ }, ({ path, importer }) =>
      importer.endsWith('helpers.mjs') ? { path, namespace: 'unused' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({
      contents: 'export default undefined; export const applyExtends = undefined',
    }))
  },
}

const shared = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // string-width builds an Intl.Segmenter when loaded: 25 ms for a yargs that only measures help texts.
  // jsonc-parser's CommonJS build requires its parts in a way that no bundler follows.
  alias: { 'string-width': 'fast-string-width', 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  logLevel: 'warning',
}
// Packages in CommonJS call require() for Node's own modules, which an ES module has not.
const require =
  "import{createRequire as __taskfenceRequire}from'node:module';const require=__taskfenceRequire(import.meta.url);"

const folder = process.argv[2] ?? 'dist'
await rm(folder, { recursive: true, force: true })
await build({
  ...shared,
  entryPoints: [{ in: 'src/cli/main.ts', out: 'taskfence' }],
  outdir: folder,
  // What a command does not use is a chunk of its own, loaded when asked for.
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  plugins: [yargsInParts],
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'linked',
  banner: { js: `#!/usr/bin/env node\n${require}` },
})
await chmod(`${folder}/taskfence.js`, 0o755)
await build({
  ...shared,
  entryPoints: ['test/try/try.ts', 'bench/bench.ts', 'bench/look.ts'],
  entryNames: '[name]',
  outdir: `${folder}/dev`,
  banner: { js: require },
})
