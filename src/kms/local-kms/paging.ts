import { type JsonObject, optionalInteger, optionalText } from './input.js'
import { KmsFault } from './kms-fault.js'

/**
 * One page of a list, by `Limit` and `Marker`. The marker says where the next page starts; opaque to callers, as AWS's
 * is.
 */
export function page<T>(
  input: JsonObject,
  items: readonly T[],
  defaultLimit: number,
): { items: T[]; rest: JsonObject } {
  const limit = optionalInteger(input, 'Limit', { min: 1, max: 1000 }) ?? defaultLimit
  const start = startOf(optionalText(input, 'Marker'))
  const end = start + limit
  const rest = end < items.length ? { Truncated: true, NextMarker: markerAt(end) } : { Truncated: false }
  return { items: items.slice(start, end), rest }
}

function markerAt(start: number): string {
  return Buffer.from(`start:${start}`, 'latin1').toString('base64')
}

function startOf(marker: string | undefined): number {
  if (marker === undefined) return 0
  const [, start] = /^start:(\d{1,9})$/.exec(Buffer.from(marker, 'base64').toString('latin1')) ?? []
  if (start === undefined) throw new KmsFault('InvalidMarkerException', 'Could not deserialize marker')
  return Number(start)
}
