import { describe, expect, it } from 'vitest'
import { openStage, wait } from './testing/stage.ts'

describe.concurrent('an acknowledgement that ends', () => {
  it('opens the incident again, says so, and calls from the first step on', async () => {
    await using stage = await openStage({ acknowledgementMinutes: 30 })
    await stage.goDown()
    await wait(stage, 5)
    await stage.acknowledge()
    expect((await stage.incident()).acknowledgementEndsAt).not.toBeNull()
    const taken = ['DOWN first.example 1', 'ACKNOWLEDGED first.example 0']
    expect(await wait(stage, 29)).toEqual(taken)
    expect(await wait(stage, 1)).toEqual([...taken, 'DOWN first.example 2'])
    expect(await stage.incident()).toMatchObject({
      status: 'OPEN',
      acknowledgedAt: null,
      acknowledgedById: null,
      acknowledgementEndsAt: null,
    })
    expect((await stage.entries()).slice(-3)).toEqual([
      'ACKNOWLEDGED Acknowledged.',
      'REOPENED The acknowledgement held for 30 minutes, and it is not over.',
      'ESCALATED Nobody is at it. Step 1, told: first.example.',
    ])
    expect(await wait(stage, 10)).toHaveLength(5)
  })

  it('is told to each channel once: in the call where that is called, else by itself', async () => {
    await using stage = await openStage({ acknowledgementMinutes: 30 })
    await stage.goDown()
    for (const minutes of [5, 10]) await wait(stage, minutes)
    await stage.acknowledge()
    const before = (await stage.told()).length
    const told = await wait(stage, 30)
    expect(told.slice(before)).toEqual(['REOPENED second.example 0', 'DOWN first.example 3'])
    expect(await stage.lastNotice()).toMatchObject({
      recipient: 'first.example',
      isUnattended: true,
      isAcknowledgedThere: true,
      entry: { text: 'The acknowledgement held for 30 minutes, and it is not over.', by: null },
    })
  })

  it('is known to whoever is called later, who was not told that it was acknowledged', async () => {
    await using stage = await openStage({ acknowledgementMinutes: 30 })
    await stage.goDown()
    await stage.acknowledge()
    for (const minutes of [30, 10]) await wait(stage, minutes)
    expect(await stage.lastNotice()).toMatchObject({
      recipient: 'second.example',
      isUnattended: true,
      isAcknowledgedThere: false,
      entry: { text: expect.stringContaining('held for 30 minutes') },
    })
  })

  it('does so also after all steps were taken, and every time', async () => {
    await using stage = await openStage({ acknowledgementMinutes: 30 })
    await stage.goDown()
    for (const minutes of [5, 10]) await wait(stage, minutes)
    for (const calls of [4, 5]) {
      await stage.acknowledge()
      const told = await wait(stage, 30)
      expect(told.filter((one) => one.startsWith('DOWN'))).toHaveLength(calls)
    }
  })

  it('does nothing where it is over by then', async () => {
    await using stage = await openStage({ acknowledgementMinutes: 30 })
    await stage.goDown()
    await stage.acknowledge()
    await stage.comeUp()
    expect(await wait(stage, 30)).toEqual([])
    expect((await stage.incident()).status).toBe('RESOLVED')
  })
})

describe.concurrent('an acknowledgement that is withdrawn', () => {
  it('calls from the first step on at once, as where it ends by itself', async () => {
    await using stage = await openStage()
    await stage.goDown()
    for (const minutes of [5, 10]) await wait(stage, minutes)
    await stage.acknowledge()
    const before = (await wait(stage, 1)).length
    await stage.withdraw()
    const called = ['REOPENED second.example 0', 'DOWN first.example 3']
    expect((await stage.told()).slice(before)).toEqual(called)
    expect((await stage.entries()).slice(-2)).toEqual([
      'REOPENED Acknowledgement withdrawn.',
      'ESCALATED Nobody is at it. Step 1, told: first.example.',
    ])
    expect(await stage.lastNotice()).toMatchObject({
      isAcknowledgedThere: true,
      entry: { text: 'Acknowledgement withdrawn.' },
    })
    const then = [...called, 'DOWN first.example 4', 'DOWN second.example 4']
    expect((await wait(stage, 10)).slice(before)).toEqual(then)
    expect(await wait(stage, 1_000)).toHaveLength(before + 4)
  })

  it('calls once, of two who withdraw it while the steps are looked at', async () => {
    await using stage = await openStage({ acknowledgementMinutes: 30 })
    await stage.goDown()
    await stage.acknowledge()
    await stage.letPass(30)
    await Promise.all([stage.withdraw(), stage.take(), stage.withdraw()])
    expect(await stage.told()).toEqual(['DOWN first.example 1'])
  })

  it('leaves the first who were told what is left of their time', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await wait(stage, 2)
    await stage.acknowledge()
    await stage.withdraw()
    expect(await wait(stage, 2)).toEqual([])
    expect(await wait(stage, 1)).toEqual(['DOWN first.example 1'])
  })

  it('tells whoever was called just before by itself, and does not call again', async () => {
    await using stage = await openStage()
    await stage.goDown()
    const called = await wait(stage, 5)
    await stage.acknowledge()
    await stage.withdraw()
    const after = ['ACKNOWLEDGED first.example 0', 'REOPENED first.example 0']
    expect(await stage.told()).toEqual([...called, ...after])
    expect(await wait(stage, 10)).toHaveLength(5)
  })

  it('calls nobody while the monitor is worked on, and then goes on', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await wait(stage, 5)
    await stage.acknowledge()
    await stage.work()
    await stage.letPass(10)
    const before = (await stage.told()).length
    await stage.withdraw()
    expect((await stage.told()).slice(before)).toEqual(['REOPENED first.example 0'])
    expect((await stage.incident()).status).toBe('OPEN')
    const told = await wait(stage, 50)
    expect(told.slice(before)).toEqual(['REOPENED first.example 0', 'DOWN first.example 2'])
  })
})
