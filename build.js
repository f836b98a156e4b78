// build.js [FOLDER]: bundles the program into dist/ (or FOLDER), and what developers run beside it into dist/dev/.
import { spawnSync } from 'node:child_process'
import { chmod, cp, rename, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { build } from 'esbuild'

// The parser of yargs is needed in every run, the rest of it for help texts. They meet in yargs/helpers, in a
// function that nobody here calls: without what that function uses, the rest is loaded only for a help text.
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

// What few runs need lies in files of its own, or every run would read it.
const packages = ['execa', 'node-cron', 'winston', 'yargs']
const packagesApart = {
  name: 'packages-apart',
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`^(${packages.join('|')})$`) }, ({ path }) => ({
      path: `./${path}.js`,
      external: true,
    }))
  },
}

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  // string-width builds an Intl.Segmenter when loaded: 25 ms for a yargs that only measures help texts.
  // jsonc-parser's CommonJS build requires its parts in a way that no bundler follows.
  alias: { 'string-width': 'fast-string-width', 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  logLevel: 'warning',
}

const folder = resolve(process.argv[2] ?? 'dist')
await rm(folder, { recursive: true, force: true })
const program = {
  ...shared,
  outdir: folder,
  format: 'cjs',
  // What V8 runs from its compiled form cannot import().
  supported: { 'dynamic-import': false },
  minify: true,
  legalComments: 'linked',
  metafile: true,
}
// As the launcher and the snapshot want it.
const asFunction = {
  ...program,
  plugins: [yargsInParts, packagesApart],
  define: { 'import.meta.url': '__filename' },
  banner: { js: '(function(exports,require,module,__filename,__dirname){' },
  footer: { js: '})' },
}
const core = await build({
  ...asFunction,
  entryPoints: [{ in: 'src/cli/main.ts', out: 'program' }],
  // For whoever reads a stack trace of it.
  sourcemap: 'external',
})
const apart = await build({
  ...program,
  entryPoints: packages,
  entryNames: '[name]',
  define: { 'import.meta.url': '__taskfenceUrl' },
  banner: { js: "const __taskfenceUrl=require('node:url').pathToFileURL(__filename).href;" },
  // A CommonJS file is what `import x from` gives.
  footer: { js: 'if(module.exports.__esModule)module.exports=module.exports.default??module.exports;' },
})
const launcher = await build({
  ...program,
  entryPoints: [{ in: 'src/cli/launcher.ts', out: 'taskfence' }],
  banner: { js: '#!/usr/bin/env node' },
})
await chmod(`${folder}/taskfence.js`, 0o755)
await cp('windows', `${folder}/windows`, { recursive: true })
await writeFile(`${folder}/package.json`, '{ "type": "commonjs" }\n')
await build({
  ...shared,
  format: 'esm',
  entryPoints: [
    'test/try/try.ts',
    'bench/bench.ts',
    'bench/look.ts',
    'bench/daemon.ts',
    'bench/timeline.ts',
    'test/watch/one-trigger.ts',
    'packaging/compile.ts',
    'packaging/blob.ts',
    'packaging/executable.ts',
    'packaging/share.ts',
    'packaging/dist.ts',
  ],
  entryNames: '[name]',
  outdir: `${folder}/dev`,
  // Packages in CommonJS call require() for Node's own modules, which an ES module has not.
  banner: {
    js: "import{createRequire as __taskfenceRequire}from'node:module';const require=__taskfenceRequire(import.meta.url);",
  },
})
// Folders of the packages whose code is in it, for the bill of materials.
const inputs = [core, apart, launcher].flatMap(({ metafile }) => Object.keys(metafile.inputs))
const bundled = new Set(inputs.flatMap(path => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []))
await writeFile(`${folder}/dev/bundled.json`, `${JSON.stringify([...bundled].sort(), null, 2)}\n`)
await rename(`${folder}/program.js.map`, `${folder}/dev/program.js.map`)
await build({
  ...program,
  outdir: `${folder}/dev`,
  entryPoints: [{ in: 'packaging/sea.ts', out: 'sea' }],
  outExtension: { '.js': '.cjs' },
})
const warm = await build({ ...asFunction, write: false, entryPoints: ['packaging/warm.ts'] })
const [{ text: warmText }] = warm.outputFiles.filter(({ path }) => path.endsWith('.js'))
await build({
  ...program,
  outdir: `${folder}/dev`,
  entryPoints: [{ in: 'packaging/snapshot.ts', out: 'snapshot' }],
  outExtension: { '.js': '.cjs' },
  banner: { js: `const program=${warmText};` },
})
await writeFile(`${folder}/dev/package.json`, '{ "type": "module" }\n')

const share = spawnSync(process.execPath, [`${folder}/dev/share.js`, `${folder}/share`], { encoding: 'utf8' })
if (share.status !== 0) throw new Error(share.stderr)

// Only a faster start: where no throw-away host can be made, the program is compiled anew in every run.
const compiled = spawnSync(process.execPath, [`${folder}/dev/compile.js`, folder], { encoding: 'utf8' })
if (compiled.status !== 0) {
  const why = compiled.stderr.split('\n').find(line => /^\w*Error:/.test(line)) ?? compiled.stderr
  process.stderr.write(
    `build.js: the program starts slower, for it could not be compiled beforehand: ${why}\n`,
  )
}
