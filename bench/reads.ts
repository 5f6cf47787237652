import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { invariant } from '../core/invariant.ts'
import { statementsOf } from '../test/statements.ts'
import { type Ask, openAsking } from './asking.ts'
import { type History, type HistoryPlan, keptMs, plantHistory } from './history.ts'
import { cpuSecondsOfTree, machine } from './machine.ts'
import { quantile } from './quantile.ts'
import { type Question, QUESTIONS } from './questions.ts'
import { openSandbox, postgresPid, type Sandbox } from './sandbox.ts'

const HELP = `What a dashboard reads, over GraphQL in this process and by hand-written SQL: from some stored checks,
from ten times as many kept for ten times as long, and from ten times as many of the same days.

  node bench/reads.ts [--checks 1000000] [--monitors 1000] [--rounds 8] [--seconds 1.5]

  --checks    how many are few; under a million they are of less than three days
  --monitors  how many there are, each with 90 days of outages and incidents
  --rounds    how often GraphQL and SQL take turns at each question
  --seconds   how long a turn is
  --help      this text
`
const TIMES_AS_MANY = 10
const FEW_INTERVAL_SECONDS = 300
/** Single monitors are asked about in turn: those that are on the page. */
const MONITORS_ASKED = 100

type Options = { checks: number; monitors: number; rounds: number; seconds: number }

type NamedPlan = HistoryPlan & { name: string }

type Store = { plan: NamedPlan; sandbox: Sandbox; history: History; ask: Ask }

const WAYS = ['GraphQL', 'SQL'] as const
type Way = (typeof WAYS)[number]

/** All answers to one question, one way, from one store. */
type Total = { ms: number[]; nodeSeconds: number; postgresSeconds: number }

type Cell = { store: Store; GraphQL: Total; SQL: Total }

/** Ctrl-C, or a reader that left, ends it as its end does: some gigabytes are not left behind. */
async function main(): Promise<void> {
  const options = readOptions()
  if (!options) return
  await using opened = new AsyncDisposableStack()
  const interrupted = [once(process, 'SIGINT'), once(process.stdout, 'error')]
  await Promise.race([bench(options, opened), ...interrupted])
}

async function bench(options: Options, opened: AsyncDisposableStack): Promise<void> {
  const stores: Store[] = []
  for (const plan of plansOf(options)) stores.push(await openStore(plan, opened))
  console.log(`${machine()}, PostgreSQL 18 on the same machine; ${options.monitors} monitors`)
  for (const question of QUESTIONS) {
    const cells = await compare(question, stores, options)
    const statements = await countStatements(question, stores[0]!)
    console.log(`\n${question.name}: ${statements} statements`)
    print(cells)
  }
}

function readOptions(): Options | null {
  const { values } = parseArgs({
    options: {
      checks: { type: 'string', default: '1000000' },
      monitors: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '8' },
      seconds: { type: 'string', default: '1.5' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(HELP)
    return null
  }
  const numberOf = (name: keyof Options) => {
    const value = Number(values[name])
    invariant(value > 0, `--${name} is a number above 0: ${values[name]}`)
    return value
  }
  return {
    checks: numberOf('checks'),
    monitors: numberOf('monitors'),
    rounds: numberOf('rounds'),
    seconds: numberOf('seconds'),
  }
}

function plansOf({ checks, monitors }: Options): NamedPlan[] {
  const few = { monitors, checks, intervalSeconds: FEW_INTERVAL_SECONDS, nowMs: Date.now() }
  const longer = { ...few, checks: TIMES_AS_MANY * checks }
  const oftener = { ...longer, intervalSeconds: FEW_INTERVAL_SECONDS / TIMES_AS_MANY }
  return [few, longer, oftener].map((plan) => ({ ...plan, name: nameOf(plan) }))
}

function nameOf(plan: HistoryPlan): string {
  const days = (keptMs(plan) / 86_400_000).toFixed(1)
  return `${plan.checks.toLocaleString('en')}: each ${plan.intervalSeconds} s for ${days} days`
}

async function openStore(plan: NamedPlan, opened: AsyncDisposableStack): Promise<Store> {
  const startedAt = performance.now()
  const sandbox = opened.use(await openSandbox())
  const history = await plantHistory(sandbox, plan)
  const ask = await openAsking(sandbox, history.workspaceId, { now: () => plan.nowMs })
  console.log(`${plan.name}, made in ${Math.round((performance.now() - startedAt) / 1_000)} s`)
  return { plan, sandbox, history, ask }
}

/** One question, both ways, in turns; the first round only warms up. */
async function compare(question: Question, stores: Store[], options: Options): Promise<Cell[]> {
  const newCells = () => stores.map((store) => ({ store, GraphQL: newTotal(), SQL: newTotal() }))
  const round = async (cells: Cell[]) => {
    for (const way of WAYS) await takeTurns(question, cells, way, options.seconds)
  }
  await round(newCells())
  const cells = newCells()
  for (let i = 0; i < options.rounds; i++) await round(cells)
  return cells
}

/** One answer from each store after the other, so that whatever else the machine does falls on all alike. */
async function takeTurns(question: Question, cells: Cell[], way: Way, seconds: number) {
  const before = cells.map(({ store }) => cpuSecondsOfTree(postgresPid(store.sandbox)))
  const endAt = performance.now() + seconds * 1_000
  for (let i = 0; performance.now() < endAt; i++) {
    for (const { store, [way]: total } of cells)
      await time(total, () => answer(question, store, way, i))
  }
  for (const [i, { store, [way]: total }] of cells.entries()) {
    total.postgresSeconds += cpuSecondsOfTree(postgresPid(store.sandbox)) - before[i]!
  }
}

async function time(total: Total, work: () => Promise<unknown>): Promise<void> {
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  await work()
  total.ms.push(performance.now() - startedAt)
  const { user, system } = process.cpuUsage(cpuBefore)
  total.nodeSeconds += (user + system) / 1e6
}

function answer(question: Question, store: Store, way: Way, i: number): Promise<unknown> {
  const { plan, sandbox, history, ask } = store
  const { workspaceId, monitorIds } = history
  const monitorId = monitorIds.at(-1 - (i % Math.min(MONITORS_ASKED, monitorIds.length)))!
  if (way === 'GraphQL') return ask(question.query, question.variables(monitorId))
  const values = question.values({ workspaceId, monitorId, nowMs: plan.nowMs })
  return sandbox.database.pool.query({ name: question.name, text: question.sql, values })
}

/** The look-up of the API key is one of them. */
async function countStatements(question: Question, store: Store): Promise<number> {
  const { pool } = store.sandbox.database
  const statements = await statementsOf(pool, () => answer(question, store, 'GraphQL', 0))
  return statements.length
}

function print(cells: Cell[]): void {
  const rows = cells.map((cell) => [cell.store.plan.name, rowOf(cell, cells[0]!)])
  console.table(Object.fromEntries(rows))
}

function rowOf(cell: Cell, fewest: Cell): Record<string, number | string> {
  const { GraphQL, SQL } = cell
  return {
    'median ms': rounded(quantile(GraphQL.ms, 0.5)),
    'p99 ms': rounded(quantile(GraphQL.ms, 0.99)),
    'CPU ms, Node': rounded(perAnswer(GraphQL, 'nodeSeconds')),
    'CPU ms, PostgreSQL': rounded(perAnswer(GraphQL, 'postgresSeconds')),
    'median beside few': change(quantile(GraphQL.ms, 0.5), quantile(fewest.GraphQL.ms, 0.5)),
    'CPU beside few': change(cpuMs(GraphQL), cpuMs(fewest.GraphQL)),
    'raw SQL: median ms': rounded(quantile(SQL.ms, 0.5)),
    'raw SQL: CPU ms': rounded(cpuMs(SQL)),
  }
}

function newTotal(): Total {
  return { ms: [], nodeSeconds: 0, postgresSeconds: 0 }
}

function cpuMs(total: Total): number {
  return perAnswer(total, 'nodeSeconds') + perAnswer(total, 'postgresSeconds')
}

function perAnswer(total: Total, of: 'nodeSeconds' | 'postgresSeconds'): number {
  return (total[of] / total.ms.length) * 1_000
}

function change(value: number, base: number): string {
  const percent = (value / base - 1) * 100
  return `${percent < 0 ? '' : '+'}${percent.toFixed(1)} %`
}

function rounded(value: number): number {
  return Number(value.toFixed(2))
}

await main()
process.exit()
