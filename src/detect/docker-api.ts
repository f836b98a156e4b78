import type { Host } from '../host/host.js'
import { ParseError, TaskfenceError } from '../model/errors.js'

/** answer null: nobody listens. Why there is none stands beside it, so that one slow answer does not cost the others. */
export interface Told {
  readonly answer: unknown
  readonly status?: number
  readonly because?: string
}

/** Docker's API on its socket, in the version that it speaks. Reads only. */
export type DockerApi = (path: string, statuses?: readonly number[]) => Promise<Told>

export const dockerSocket = '/run/docker.sock'

/** Spoken by every engine since 25. What older and newer ones want instead they say in their refusal. */
const usual = '1.44'

export function dockerApi(host: Host, socketPath = dockerSocket): DockerApi {
  let version = usual
  return async (path, statuses = [200]) => {
    try {
      let answer = await ask(host, socketPath, version, path)
      const other = answer?.status === 400 ? versionOf(answer.body) : undefined
      if (other !== undefined) {
        version = other
        answer = await ask(host, socketPath, version, path)
      }
      if (answer === null) return { answer: null }
      if (!statuses.includes(answer.status))
        return { answer: undefined, because: `Docker answers ${path} with status ${answer.status}` }
      return { answer: parse(path, answer.body), status: answer.status }
    } catch (error) {
      if (!(error instanceof TaskfenceError)) throw error
      return { answer: undefined, because: error.message }
    }
  }
}

const ask = (host: Host, socketPath: string, version: string, path: string) =>
  host.http({ socketPath, path: `/v${version}${path}`, timeoutMs: 2000 })

/** "client version 1.44 is too new. Maximum supported API version is 1.41", or too old, and the minimum. */
const versionOf = (body: string): string | undefined =>
  /(?:Minimum|Maximum) supported API version is (\d+\.\d+)/.exec(body)?.[1]

function parse(path: string, body: string): unknown {
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch (error) {
    throw new ParseError(`docker ${path}`, body, 'not JSON', { cause: error })
  }
  if (typeof answer !== 'object' || answer === null)
    throw new ParseError(`docker ${path}`, body, 'neither an object nor a list')
  return answer
}
