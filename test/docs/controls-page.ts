import type { Control } from '../../src/controls/control.js'

export type Page = Pick<Control, 'id' | 'title' | 'why' | 'source' | 'byHand' | 'limits'>

/** docs/controls.md: what `taskfence explain` tells, for people without a terminal at hand. Pure. */
export const controlsPage = (controls: readonly Page[]): string =>
  [introduction, contents(controls), ...controls.map(section)].join('\n\n') + '\n'

const introduction = `# Controls

<!-- host: docker28 -->
<!-- Made from src/controls by \`GOLDEN=write npm test -- test/docs/controls.test.ts\`. Change it there. -->

A control is one intention: why, what is written, and what must hold afterwards. Each has a mode in the
[policy](policy.md): \`enforce\` (the default), \`observe\` or \`off\`. They are listed in the order they are
applied: what closes comes before what opens. \`taskfence explain\` tells the same on the host. What no control
covers stands in [fenced.md](fenced.md).

"By hand" shows the commands that would do the same without taskfence. The \`nft\` lines need the table and its
chains first; they are there to be read, not to be pasted. taskfence writes the same text with a counter and a
comment, \`taskfence-<control>\`.`

const contents = (controls: readonly Page[]): string =>
  controls.map(({ id, title }) => `- [${id}](#${id}): ${title}`).join('\n')

const section = ({ id, title, why, source, byHand, limits }: Page): string =>
  [
    `## ${id}`,
    `**${title}.**`,
    why,
    'By hand:',
    ...(id === 'imds-host' ? [notHere] : []),
    `\`\`\`${id.startsWith('windows-') ? 'powershell' : 'sh'}\n${byHand.join('\n')}\n\`\`\``,
    ...(limits.length === 0 ? [] : [`Limits:\n\n${limits.map(limit => `- ${limit}`).join('\n')}`]),
    `Source: ${source}.`,
  ].join('\n\n')

const notHere = '<!-- not run: it takes the cgroup of a first task, which test/host/imds-host.test.ts has -->'
