import { describe, expect, it } from 'vitest'
import { cpuMsOf } from '../test/cpu.ts'
import { addressProblem } from './email-address.ts'

const long = (count: number) => 'a'.repeat(count)

describe('addressProblem', () => {
  it.each([
    'ada@example.com',
    'ada.lovelace+pharos@mail.example.co.uk',
    "o'brien_1@example.com",
    'ada@localhost',
    'ada@xn--bcher-kva.example',
    `${long(64)}@example.com`,
  ])('accepts %s', (address) => {
    expect(addressProblem(address)).toBeNull()
  })

  it.each([
    [''],
    ['ada'],
    ['@example.com'],
    ['ada@'],
    ['ada@@example.com'],
    ['ada@example..com'],
    ['ada@-example.com'],
    ['ada@example.com.'],
    ['ada@[127.0.0.1]'],
    ['.ada@example.com'],
    ['ada.@example.com'],
    ['a..da@example.com'],
    ['"ada"@example.com'],
    ['Ada <ada@example.com>'],
    ['ada@example.com,eve@example.com'],
    ['ada@example.com;eve@example.com'],
    ['ada @example.com'],
    [' ada@example.com'],
    ['ada@example.com\r\nBcc: eve@example.com'],
    ['ada@example.com\n'],
    ['ada\u0000@example.com'],
    ['ad\u202Ea@example.com'],
    ['adä@example.com'],
    ['ada@bücher.example'],
  ])('refuses %j', (address) => {
    expect(addressProblem(address)).toBe(
      'must be one plain e-mail address, such as ada@example.com',
    )
  })

  it('refuses what SMTP cannot carry for length', () => {
    expect(addressProblem(`${long(65)}@example.com`)).toMatch(/at most 64 characters/)
    expect(addressProblem(`a@${long(50)}.${long(50)}.${long(50)}.${long(50)}.${long(49)}`)).toMatch(
      /at most 254 characters/,
    )
  })

  it('answers at once, whatever it is given', () => {
    const hostile = `${'a.'.repeat(100)}@${'b-'.repeat(60)}`
    expect(cpuMsOf(() => addressProblem(hostile))).toBeLessThan(50)
  })
})
