export interface Recipient {
  id: string
  name: string
  email: string
  signedAt: string | null
  fields: { id: string; label: string; value: string | null }[]
}

export interface Document {
  id: string
  title: string
  body: string
  status: string
  recipients: Recipient[]
}

export interface SigningPage {
  name: string
  signedAt: string | null
  document: { title: string }
  fields: { id: string; label: string; value: string | null }[]
}

export const PASSWORD = 'correct horse battery'
export const CONTRACT = {
  title: 'Employment contract of Ruth',
  body: 'Ruth begins in May, for 4,200 a month.',
  recipients: [
    { name: 'Ruth Ogden', email: 'Ruth@people.example', fields: ['Bank account', 'Birthday'] },
    { name: 'Sam Tailor', email: 'sam@people.example' },
  ],
}
export const IBAN = 'DE02120300000000202051'

/** What must be in no file, and no line of the log. */
export const SECRETS = [
  'Ann Archer',
  'acme.example',
  'Bob Barker',
  'globex.example',
  'people.example',
  CONTRACT.title,
  CONTRACT.body,
  'Ruth Ogden',
  'Bank account',
  IBAN,
  '1980-02-29',
  '203.0.113.7',
  'Mozilla',
  'Payroll',
  PASSWORD,
]
