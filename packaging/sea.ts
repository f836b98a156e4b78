// What an executable starts with that is made for another processor than the one that makes it.
import { loadProgram } from './assets.js'

loadProgram()
