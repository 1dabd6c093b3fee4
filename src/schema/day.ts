/** Whether a text is a day that there is, in ISO 8601. */
export function isDay(text: string): boolean {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false
  const at = new Date(`${text}T00:00:00Z`)
  // `2027-02-30` would be read as a day of March.
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}
