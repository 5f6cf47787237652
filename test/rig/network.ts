import { execFile } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { promisify } from 'node:util'
import { needProgram } from '../debian.ts'

const run = promisify(execFile)

/** The last /24 of 10.0.0.0/8 that was taken for a cable: two of one network are never the same. */
let lastNet = randomInt(100 * 256, 250 * 256)

/** A network of its own for a process: nothing but the cables laid into it. */
export type Network = AsyncDisposable & {
  /** What a command begins with that is to run inside. */
  within: string[]
  layCable(addressCount: number): Promise<Cable>
}

export type Cable = {
  /** Addresses of ours as the inside sees them. */
  addresses: string[]
  /** All of them, for OUTBOUND_ALLOW_CIDRS. */
  range: string
  /** Nothing comes or goes any more, as if somebody had pulled it. */
  cut(): Promise<void>
  mend(): Promise<void>
}

/** Makes a network namespace. Needs root and Debian's iproute2, and says so in one line. */
export async function openNetwork(): Promise<Network> {
  const name = `pharos-${randomBytes(4).toString('hex')}`
  if (process.getuid?.() !== 0) throw new Error('A network of its own needs root')
  needProgram('ip', ['netns', 'list'], 'iproute2')
  await ip('netns', 'add', name)
  await ip('-n', name, 'link', 'set', 'lo', 'up')
  return {
    within: ['ip', 'netns', 'exec', name],
    layCable: (addressCount) => layCable(name, addressCount),
    // Its cables go with it.
    [Symbol.asyncDispose]: () => ip('netns', 'del', name),
  }
}

async function layCable(network: string, addressCount: number): Promise<Cable> {
  const id = randomBytes(4).toString('hex')
  const [outside, inside] = [`pho-${id}`, `phi-${id}`]
  lastNet += 1
  const net = `10.${lastNet >> 8}.${lastNet & 255}`
  const addresses = Array.from({ length: addressCount }, (_, index) => `${net}.${index + 2}`)
  await ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', network)
  for (const address of addresses) await ip('address', 'add', `${address}/24`, 'dev', outside)
  await ip('link', 'set', outside, 'up')
  await ip('-n', network, 'address', 'add', `${net}.1/24`, 'dev', inside)
  await ip('-n', network, 'link', 'set', inside, 'up')
  return {
    addresses,
    range: `${net}.0/24`,
    cut: () => ip('link', 'set', outside, 'down'),
    mend: () => ip('link', 'set', outside, 'up'),
  }
}

async function ip(...words: string[]): Promise<void> {
  await run('ip', words)
}
