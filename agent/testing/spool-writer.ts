import { writeSync } from 'node:fs'
import { probeResult } from '../../core/testing/probe-result.ts'
import { openSpool } from '../private/spool.ts'

/** Writes ten results again and again, and says so after each time, until it is killed. */
const spool = openSpool({ folder: process.argv[2]!, onLoss: () => {} })
const ten = Array.from({ length: 10 }, () => probeResult())

while (true) {
  spool.append(ten)
  writeSync(1, '.\n')
}
