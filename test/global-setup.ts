import { rm } from 'node:fs/promises'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { keepPartitions } from '../api/checks/partitions/deeds.ts'
import { openDatabase } from '../api/platform/database.ts'
import { startEmbeddedPostgres } from '../api/platform/embedded-postgres.ts'
import { readEnvironment } from '../api/platform/environment.ts'
import { applyMigrations } from '../api/platform/migrate.ts'
import { databaseAt } from './database.ts'
import { startRedis } from './redis.ts'
import { makeScratch, sweepScratch } from './scratch.ts'

/** No test cuts the machine's power, and a killed process loses nothing that it has written. */
const TEST_SETTINGS = { max_connections: '300', fsync: 'off', full_page_writes: 'off' }

/** One PostgreSQL for the run, with one migrated database that every test file copies, and one Redis. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const redis = await testRedis()
  const server = await testServer()
  const prefix = `pharos_test_${process.pid}_`
  const template = `${prefix}template`
  await makeTemplate(server.url, template)
  project.provide('databaseServer', { url: server.url, template, prefix })
  project.provide('redisUrl', redis.url)
  return async () => {
    await dropDatabases(server.url, prefix)
    await Promise.all([server.stop(), redis.stop()])
  }
}

async function testRedis(): Promise<{ url: string; stop(): Promise<void> }> {
  const { REDIS_URL } = process.env
  if (REDIS_URL) return { url: REDIS_URL, async stop() {} }
  const redis = await startRedis()
  return { url: redis.url, stop: redis.close }
}

async function testServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const { DATABASE_URL } = process.env
  if (DATABASE_URL) return { url: DATABASE_URL, async stop() {} }
  await sweepScratch()
  const folder = await makeScratch()
  const server = await startEmbeddedPostgres(folder, TEST_SETTINGS)
  return {
    url: server.url,
    async stop() {
      await server.stop()
      await rm(folder, { recursive: true })
    },
  }
}

/** Migrated, with the days of `checks` around now. */
async function makeTemplate(serverUrl: string, name: string): Promise<void> {
  await onServer(serverUrl, (client) => client.query(`CREATE DATABASE ${name}`))
  const url = databaseAt(serverUrl, name)
  await applyMigrations(url)
  const database = openDatabase(url)
  await keepPartitions({ database, environment: readEnvironment({}) })
  await database.close()
}

/** The template, and what tests that were cut short have left behind. */
async function dropDatabases(serverUrl: string, prefix: string): Promise<void> {
  await onServer(serverUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
      [prefix],
    )
    for (const { name } of rows) await client.query(`DROP DATABASE ${name} WITH (FORCE)`)
  })
}

async function onServer(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
