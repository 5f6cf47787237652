export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const

export type LogLevel = (typeof logLevels)[number]

export type Log = Record<Exclude<LogLevel, 'silent'>, (message: string, facts?: object) => void>

/** One line each: JSON, or plain words in a terminal. Secrets are never among the facts. */
export function createLog(level: LogLevel): Log {
  const write = process.stdout.isTTY ? inWords : inJson
  const say = (of: LogLevel) => (message: string, facts?: object) => {
    if (logLevels.indexOf(of) >= logLevels.indexOf(level)) write(of, message, facts)
  }
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
}

function inJson(level: LogLevel, message: string, facts = {}): void {
  console.log(JSON.stringify({ level, time: new Date().toISOString(), ...facts, msg: message }))
}

function inWords(level: LogLevel, message: string, facts = {}): void {
  const details = Object.entries(facts).map(([name, value]) => ` ${name}=${String(value)}`)
  const time = new Date().toTimeString().slice(0, 8)
  console.log(`${time} ${level.toUpperCase().padEnd(5)} ${message}${details.join('')}`)
}
