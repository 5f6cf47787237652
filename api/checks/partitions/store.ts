import type { Transaction } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import type { Partition } from './partition.ts'

/** Any number that nothing else locks. */
const PARTITIONS_LOCK = 7_428_004
/** Waiting for a table lock makes everybody else wait behind us: rather try again next time. */
const LOCK_TIMEOUT_MS = 2_000

/** Lets one process at a time change the partitions, and tells what there is and what time it is there. */
export async function lockPartitions(
  tx: Transaction,
): Promise<{ existing: string[]; now: number }> {
  await tx.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`)
  await tx.query('SELECT pg_advisory_xact_lock($1)', [PARTITIONS_LOCK])
  const { rows } = await tx.query<{ existing: string[]; now: number }>(
    `SELECT coalesce(array_agg(c.relname::text ORDER BY c.relname), '{}') AS existing,
       ${epochMs('now()')} AS now
     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'checks'::regclass`,
  )
  return rows[0]!
}

// Made apart and then attached: unlike CREATE TABLE … PARTITION OF this locks out no reader or writer.
export async function makePartition(
  tx: Transaction,
  { name, fromAt, toAt }: Partition,
): Promise<void> {
  const [from, to] = [fromAt, toAt].map((instant) => new Date(instant).toISOString())
  await tx.query(`CREATE TABLE partitions.${name} (LIKE checks INCLUDING ALL)`)
  await tx.query(
    `ALTER TABLE checks ATTACH PARTITION partitions.${name} FOR VALUES FROM ('${from}') TO ('${to}')`,
  )
}

export async function dropPartition(tx: Transaction, name: string): Promise<void> {
  await tx.query(`DROP TABLE partitions.${name}`)
}
