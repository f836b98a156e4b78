import { FileError } from '../model/errors.js'
import type { Reads } from './look.js'

/**
 * Whether this kernel certainly runs without nf_tables: it is neither built in, as depmod(8) tells in modules.builtin,
 * nor loaded. Then nobody's tables can be there, though no nft is there to say so. Reads only; false: cannot tell.
 */
export async function isWithoutNfTables({ file }: Pick<Reads, 'file'>): Promise<boolean> {
  try {
    const [release, loaded] = await Promise.all([file('/proc/sys/kernel/osrelease'), file('/proc/modules')])
    // A kernel that takes no modules has no such file.
    if (release === null || loaded === null || /^nf_tables\s/m.test(loaded)) return false
    const builtIn = await file(`/lib/modules/${release.trim()}/modules.builtin`)
    return builtIn?.includes('/') === true && !/\/nf_tables\.ko/.test(builtIn)
  } catch (error) {
    if (error instanceof FileError) return false
    throw error
  }
}
