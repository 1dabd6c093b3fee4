/** One line of the log. It says what happened in which organisation, and holds nothing of what was sent or stored. */
export type LogEntry = Readonly<Record<string, unknown>>

export type Log = (entry: LogEntry) => void

/** One JSON object a line, for whatever collects them. */
export const logToStdout: Log = (entry) => {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`)
}
