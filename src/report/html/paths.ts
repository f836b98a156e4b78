import type { NetworkMode, TaskFacts } from '../../model/agent-facts.js'
import type { Report } from '../../model/report.js'
import { count } from '../layout.js'
import { packetPaths, type PacketPath, type Sender, type Station } from '../packet-paths.js'
import { html, nothing, type Markup } from './markup.js'
import { mark } from './marks.js'

/** A drawing for each network mode: where a packet of such a task goes, what decides, and whether it arrives. */
export function pathsSection({ claims, facts }: Report): Markup {
  const paths = packetPaths(claims, facts)
  // Windows knows no such hooks.
  if (paths.length === 0) return nothing
  return html`<section aria-labelledby="paths">
    <h2 id="paths">What happens to packets</h2>
    <p class="soft">
      By the rules as they stand, whoever wrote them. Each box is a hook of the kernel that the packet passes.
    </p>
    <div>${modes.map(mode => modeCard(mode, paths, facts.tasks))} ${neighbourCard(paths)}</div>
  </section>`
}

/** The most common first. */
const modes: readonly NetworkMode[] = ['bridge', 'awsvpc', 'host', 'none']

const titles: Readonly<Record<NetworkMode, string>> = {
  bridge: 'Tasks in bridge mode',
  awsvpc: 'Tasks in awsvpc mode',
  host: 'Tasks in host mode',
  none: 'Tasks without a network',
}

/** What no chain of the host decides. */
const remarks: Readonly<Record<NetworkMode, string>> = {
  bridge: 'Containers on docker0 and on networks of Docker that somebody made.',
  awsvpc:
    'To the credentials endpoint over ecs-bridge. To the metadata service over the task\u2019s own network interface, past every chain of this host: there the agent decides (ECS_AWSVPC_BLOCK_IMDS).',
  host: 'Their packets are those of the host itself.',
  none: 'They reach neither their credentials nor the metadata service.',
}

function modeCard(
  mode: NetworkMode,
  paths: readonly PacketPath[],
  tasks: readonly TaskFacts[] | null,
): Markup {
  const names = (tasks ?? []).filter(task => task.mode === mode).map(({ family, arn }) => family ?? arn)
  const some =
    names.length === 0 ? 'none runs' : `${count(names.length, 'task')}: ${[...new Set(names)].join(', ')}`
  const running = tasks === null ? 'could not tell which run' : some
  return card(titles[mode], running, remarks[mode], ofSender(paths, mode), mode !== 'none')
}

function neighbourCard(paths: readonly PacketPath[]): Markup {
  const own = ofSender(paths, 'neighbour')
  return own.length === 0
    ? nothing
    : card('Other machines', '', 'Neighbours on the networks of this host.', own)
}

const ofSender = (paths: readonly PacketPath[], sender: Sender | NetworkMode): readonly PacketPath[] =>
  paths.filter(path => path.sender === sender)

const card = (
  title: string,
  running: string,
  remark: string,
  paths: readonly PacketPath[],
  asked = true,
): Markup =>
  html`<section class="card">
    <h3>${title} <span class="soft">${running}</span></h3>
    <p class="soft">${remark}</p>
    ${paths.length === 0 && asked ? html`<p class="soft">No promise about their packets was asked.</p>` : paths.map(drawing)}
  </section>`

function drawing(path: PacketPath): Markup {
  const to = path.from === '' ? path.to : `${path.to}, from ${path.from}`
  return html`<figure class="${path.answer}">
    <figcaption>
      <span>${mark(signOf(path))}<b>to ${to}</b></span> <span class="soft">${path.families}</span>
      <span class="tag ${signOf(path)}">${endWords(path)}</span>
    </figcaption>
    <ol class="path">
      <li>
        <span class="station"><b>${whoOf[path.sender]}</b></span>
      </li>
      ${path.stations.map(station)}
    </ol>
    ${path.rule === '' ? nothing : html`<code class="rule">${path.rule}</code>`}
  </figure>`
}

const signOf = ({ answer, isObserved }: PacketPath) =>
  isObserved ? 'observed' : answer === 'holds' ? 'good' : answer

const endWords = ({ answer, isObserved, fate }: PacketPath): string => {
  const words =
    answer === 'unknown' ? 'could not tell' : `${answer === 'holds' ? '' : 'not '}${fate}, as promised`
  const broken = fate === 'dropped' ? 'gets through' : 'not delivered'
  return `${answer === 'broken' ? broken : words}${isObserved ? ' (only observed)' : ''}`
}

const whoOf: Readonly<Record<Sender, string>> = {
  bridge: 'task',
  awsvpc: 'task',
  host: 'task or host',
  neighbour: 'other machine',
}

const station = ({ name, what, words }: Station): Markup =>
  html`<li>
    ${arrow}<span class="station ${what.replace(' ', '-')}"
      ><b>${name}</b>${words === '' ? nothing : html`<small>${words}</small>`}</span
    >
  </li>`

const arrow: Markup = html`<svg class="arrow" viewBox="0 0 28 14" aria-hidden="true">
  <path d="M2 7h22m-6-5 6 5-6 5" fill="none" stroke="currentColor" stroke-width="2" />
</svg>`
