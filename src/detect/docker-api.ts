import type { Host, HttpResponse } from '../host/host.js'
import { ParseError, TaskfenceError } from '../model/errors.js'

/** answer null: nobody listens. Why there is none stands beside it, so that one slow answer does not cost the others. */
export interface Told {
  readonly answer: unknown
  readonly status?: number
  readonly because?: string
}

/** Docker's API on its socket, in the engine's own version. Reads only. */
export type DockerApi = (path: string, statuses?: readonly number[]) => Promise<Told>

export const dockerSocket = '/run/docker.sock'

/**
 * Asked without a version an engine answers in the newest that it speaks, and only there are all fields told: the backend of
 * its firewall since 1.49 (GET /info). That is deprecated; one that refuses it one day is asked in a version since 25.
 */
const fallback = '1.44'

export function dockerApi(host: Host, socketPath = dockerSocket): DockerApi {
  let version: string | null = null
  return async (path, statuses = [200]) => {
    try {
      const ask = () =>
        host.http({ socketPath, path: version === null ? path : `/v${version}${path}`, timeoutMs: 2000 })
      let answer = await ask()
      for (let tries = 0; tries < 2 && answer !== null; tries += 1) {
        const other = versionAfter(answer)
        if (other === undefined) break
        version = other
        answer = await ask()
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

/** "client version 1.44 is too new. Maximum supported API version is 1.41", or too old, and the minimum; "page not found": a path without a version. */
function versionAfter({ status, body }: HttpResponse): string | undefined {
  if (status === 400) return /(?:Minimum|Maximum) supported API version is (\d+\.\d+)/.exec(body)?.[1]
  return status === 404 && body.includes('page not found') ? fallback : undefined
}

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
