import { start } from './program.js'

void start()
