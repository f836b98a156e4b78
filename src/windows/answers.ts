import { ParseError } from '../model/errors.js'
import type { SettingAnswer, WindowsFacts, WindowsService } from '../model/windows-facts.js'
import { isText, valuesOf, type Values } from './values.js'

/** What windows/settings/*.ps1 print. Rejects with a ParseError. */
export function parseSetting(source: string, answer: unknown): SettingAnswer {
  const values = valuesOf(source, answer)
  return {
    setting: values.text('setting'),
    holds: values.flagOrNull('holds'),
    state: values.textOrNull('state'),
    because: values.textOrNull('because'),
    hint: values.textOrNull('hint'),
  }
}

/** What windows/Get-Facts.ps1 prints. */
export interface FactsAnswer {
  readonly administrator: boolean
  readonly os: { readonly name: string; readonly build: number; readonly isServer: boolean } | null
  readonly windows: Omit<WindowsFacts, 'build' | 'subnet'>
}

/** Rejects with a ParseError. */
export function parseFacts(source: string, answer: unknown): FactsAnswer {
  const values = valuesOf(source, answer)
  return {
    administrator: values.flag('administrator'),
    os: values.objectOrNull('os', os => ({
      name: os.text('name'),
      build: os.number('build'),
      isServer: os.flag('isServer'),
    })),
    windows: windowsOf(source, values),
  }
}

const windowsOf = (source: string, values: Values): FactsAnswer['windows'] => ({
  services: values.objectOrNull('services', services => ({
    AmazonECS: services.objectOrNull('AmazonECS', service),
    docker: services.objectOrNull('docker', service),
    iphlpsvc: services.objectOrNull('iphlpsvc', service),
  })),
  ecsTools: values.textOrNull('ecsTools'),
  rebootTask: values.textOrNull('rebootTask'),
  adapters: values.listOrNull('adapters', item => textOf(source, item)),
  port80: values.listOrNull('port80', item => {
    const listener = valuesOf(source, item)
    return { address: listener.text('address'), program: listener.text('program') }
  }),
  excludedPorts: values.listOrNull('excludedPorts', Number),
  variables: values.recordOrNull('variables', item => (item === null ? null : textOf(source, item))),
  settings: values.list('settings', item => parseSetting(source, item)),
  unknown: values.record('unknown', item => textOf(source, item)),
})

const service = (values: Values): WindowsService => ({
  status: values.text('status'),
  startType: values.text('startType'),
  processId: values.number('processId'),
})

function textOf(source: string, value: unknown): string {
  if (isText(value)) return value
  throw new ParseError(source, JSON.stringify(value), 'expected a text')
}
