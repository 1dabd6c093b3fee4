/**
 * The kinds of column that hold an envelope: `text` its text form, `json` that form as a JSON string, `bytes` its binary
 * form. `docs/format.md` specifies the forms.
 */
export type EnvelopeColumn = 'text' | 'json' | 'bytes'
