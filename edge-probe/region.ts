import { DurableObject } from 'cloudflare:workers'
import { type Duty, moveTo, type Post, takeUp } from './duty.ts'
import { runRound } from './round.ts'
import { readSettings, type Variables } from './settings.ts'
import { grown } from './shards.ts'
import { createTables, readNote, writeNote } from './store.ts'

export type Env = Variables & { REGION: DurableObjectNamespace<Region> }

/**
 * Every alarm is paid for: what falls due within this is checked in one round. Three objects are woken
 * less than 100,000 times a day so, which is what the free plan grants.
 */
const ALARM_GAP_MS = 3_000
/** Until what we did wrongly is tried again. */
const MISHAP_PAUSE_MS = 30_000

/** One shard of one region. The cron wakes it; from then on it keeps itself awake by alarms. */
export class Region extends DurableObject<Env> {
  #duty: Duty | null = null
  #isOnRound = false

  /** Puts it where it is to work, in at least so many shards; how many these are to be. */
  async wake(post: Post): Promise<number> {
    const { sql } = this.ctx.storage
    createTables(sql)
    if (!readNote<Post>(sql, 'post')) writeNote(sql, 'post', post)
    const duty = this.#onDuty()
    const of = duty ? Math.max(post.of, shardsWanted(duty)) : post.of
    const isMoved = duty !== null && of !== duty.post.of
    if (isMoved) moveTo(duty, of)
    const isAsleep = isMoved || (await this.ctx.storage.getAlarm()) === null
    if (isAsleep && !this.#isOnRound) await this.ctx.storage.setAlarm(Date.now())
    return of
  }

  override async alarm(): Promise<void> {
    const duty = this.#onDuty()
    // The cron wakes it once there is a key again.
    if (!duty) return
    const startedAt = Date.now()
    let wakeAt = startedAt + MISHAP_PAUSE_MS
    this.#isOnRound = true
    try {
      wakeAt = await runRound(duty)
    } catch (error) {
      console.error('A round failed', error)
    } finally {
      this.#isOnRound = false
    }
    await this.ctx.storage.setAlarm(Math.max(wakeAt, startedAt + ALARM_GAP_MS))
  }

  /** Null where the settings have no key for its region, or are wrong. */
  #onDuty(): Duty | null {
    if (this.#duty) return this.#duty
    const { sql } = this.ctx.storage
    const post = readNote<Post>(sql, 'post')
    const read = readSettings(this.env)
    const settings = 'settings' in read ? read.settings : null
    const key = settings?.keys.find(({ region }) => region === post?.region)
    if (post && settings && key) this.#duty = takeUp(sql, settings, key, post)
    return this.#duty
  }
}

/** The first shard tells for its region. */
function shardsWanted({ post, held, plan, settings }: Duty): number {
  const isTelling = post.index === 0 && held.version !== null
  return isTelling ? grown(post.of, plan.size, settings.shardSize) : post.of
}
