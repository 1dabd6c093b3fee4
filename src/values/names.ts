/** Each name is authenticated with every value of its type, so that text cannot come back as JSON or the reverse. Frozen. */
export const valueTypeNames = ['text', 'json', 'bytes'] as const
export type ValueTypeName = (typeof valueTypeNames)[number]
