import { bashScript } from './bash-script.js'
import { zshScript } from './zsh-script.js'

/** A script for each shell. */
export const scripts = { bash: bashScript, zsh: zshScript } as const
