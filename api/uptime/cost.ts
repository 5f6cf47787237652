import {
  DAY_MS,
  MAX_DAYS,
  MAX_POINTS,
  MAX_WINDOW_DAYS,
  windowOf,
  type WindowInput,
} from './window.ts'

/** Days and steps are short and come of one reading: ten weigh what one object of another list does. */
const ITEMS_OF_ONE_COST = 10
const DAYS_OF_ONE_COST = 100

export const DAYS_COST = 'Costs 1, and what is asked of a day once for every ten days begun.'

export const LATENCY_COST =
  'Costs 10, 1 for each day of the window begun, and what is asked of a step once for every ten steps begun.'

export const UPTIME_COST =
  'Costs 1, and what is asked of it once for every 100 days of the window begun.'

/** As DAYS_COST says. What is out of bounds is not dear but wrong, and refused for that. */
export function costOfDays(days: number) {
  return { field: 1, multiplier: listCost(days, MAX_DAYS) }
}

/** As LATENCY_COST says: a day of a monitor is 24 histograms to sum in each region. */
export function costOfLatency(points: number, window: WindowInput, nowMs: number) {
  return { field: 10 + daysOf(window, nowMs), multiplier: listCost(points, MAX_POINTS) }
}

/** As UPTIME_COST says: the counts below it are sums over the hours of the window. */
export function costOfUptime(window: WindowInput, nowMs: number) {
  return { field: 1, multiplier: Math.ceil(daysOf(window, nowMs) / DAYS_OF_ONE_COST) }
}

function daysOf(window: WindowInput, nowMs: number): number {
  const { from, to } = windowOf(window, nowMs)
  return within(Math.ceil((to - from) / DAY_MS), MAX_WINDOW_DAYS)
}

function listCost(items: number, most: number): number {
  return Math.ceil(within(items, most) / ITEMS_OF_ONE_COST)
}

function within(count: number, most: number): number {
  return Math.min(Math.max(count, 1), most)
}
