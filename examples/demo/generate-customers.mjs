/**
 * Writes `customers.csv`: `node examples/demo/generate-customers.mjs`. The same seed writes the same file.
 *
 * Nobody in it exists. Mail domains are those that RFC 2606 reserves; phone numbers come from the ranges that regulators
 * keep for fiction (NANPA 555-01xx, Ofcom, BNetzA, ARCEP, PTS); national ids from ranges that are never issued: US social
 * security numbers from 900 up (and no ITIN, whose middle group begins at 50), Canadian and German numbers that begin with
 * 0, British ones with the prefix QQ. Where there is no such range, the customer has no number.
 */
import { writeFileSync } from 'node:fs'

const SEED = 20_260_131
const TENANTS = { acme: 210, globex: 180, initech: 150 }
const COUNTRIES = { US: 30, GB: 14, DE: 14, CA: 9, FR: 9, SE: 7, JP: 5, IN: 5, BR: 4, PL: 3 }

const names = {
  US: [
    'Ava Liam Maya Noah Zoe Ethan Ruby Caleb Nia Diego Grace Omar',
    'Carter Nguyen Brooks Ramirez Foster Okafor Hayes Kim Sullivan Reyes',
  ],
  GB: [
    'Isla Oliver Freya Harry Poppy Rhys Niamh Callum Aisha Alfie',
    'Hughes Patel Whitaker Byrne Fraser Ahmed Ashworth Lowe Pritchard',
  ],
  DE: [
    'Jürgen Käthe Lukas Mia Sören Anneliese Björn Leonie Ömer Greta',
    'Müller Schäfer Weiß Großmann Yılmaz Köhler Brandt Lindner Jäger',
  ],
  CA: [
    'Émilie Logan Chloé Wyatt Maëlle Connor Noémie Jasper',
    'Tremblay MacLeod Gagné Singh Côté Fraser Bélanger Wong',
  ],
  FR: [
    'Zoé Hélène Rémi Inès François Maël Océane Loïc',
    "Lefèvre Dubois Moreau Benoît N'Diaye Garçon Rousseau D'Angelo",
  ],
  SE: ['Åsa Björn Elsa Göran Linnéa Nils Örjan Saga', 'Åkesson Lindström Öberg Nyström Hansson Sjögren'],
  JP: [
    '陽菜|Hina 蓮|Ren 結衣|Yui 大翔|Haruto 美咲|Misaki',
    '佐藤|Sato 鈴木|Suzuki 高橋|Takahashi 渡辺|Watanabe 小林|Kobayashi',
  ],
  IN: ['Aarav Priya Rohan Ananya Vikram Meera Arjun Kavya', 'Sharma Iyer Banerjee Reddy Kulkarni Chopra Nair'],
  BR: ['João Luísa Antônio Conceição Thaís Mateus', 'Araújo Gonçalves Magalhães Assunção Ribeiro'],
  PL: ['Łukasz Żaneta Małgorzata Paweł Zofia Stanisław', 'Wójcik Kowalczyk Dąbrowski Błaszczyk Żuraw'],
}

const places = {
  US: [
    (n) => `${n} Maple Avenue, Apt ${(n % 40) + 1}`,
    'Portland, OR 97205',
    'Austin, TX 78704',
    'Madison, WI 53703',
    'Albany, NY 12207',
  ],
  GB: [
    (n) => `${(n % 180) + 1} Orchard Road`,
    'Leeds LS6 2AB',
    'Bristol BS8 1TH',
    'Cardiff CF10 3AT',
    'Glasgow G12 8QQ',
  ],
  DE: [(n) => `Lindenstraße ${(n % 150) + 1}`, '10969 Berlin', '50674 Köln', '80331 München', '04109 Leipzig'],
  CA: [(n) => `${n} rue Saint-Urbain`, 'Montréal, QC H2X 2N5', 'Halifax, NS B3J 1T1', 'Calgary, AB T2P 2M5'],
  FR: [(n) => `${(n % 120) + 1}, rue de l'Église`, '69003 Lyon', '31000 Toulouse', '67000 Strasbourg', '44000 Nantes'],
  SE: [(n) => `Kungsgatan ${(n % 90) + 1}`, '111 43 Stockholm', '411 19 Göteborg', '753 18 Uppsala', '211 49 Malmö'],
  JP: [
    (n) => `桜町${(n % 9) + 1}丁目${(n % 20) + 1}-${(n % 7) + 1}`,
    '札幌市 060-0001',
    '仙台市 980-0811',
    '福岡市 810-0001',
  ],
  IN: [(n) => `${(n % 300) + 1}, MG Road`, 'Bengaluru 560001', 'Pune 411001', 'Kochi 682016'],
  BR: [
    (n) => `Rua das Acácias, ${n}`,
    'São Paulo - SP, 01310-100',
    'Curitiba - PR, 80010-000',
    'Belém - PA, 66010-000',
  ],
  PL: [(n) => `ul. Długa ${(n % 80) + 1}/${(n % 30) + 1}`, '31-147 Kraków', '80-831 Gdańsk', '50-062 Wrocław'],
}

const phones = {
  US: () => `+1 ${pick([503, 512, 608, 518])} 555 01${digits(2)}`,
  CA: () => `+1 ${pick([514, 902, 403])} 555 01${digits(2)}`,
  GB: () => `+44 7700 900${digits(3)}`,
  DE: () => `+49 30 23125${digits(3)}`,
  FR: () => `+33 1 99 00 ${digits(2)} ${digits(2)}`,
  SE: () => `+46 8 465 004 ${digits(2)}`,
}

const nationalIds = {
  US: () => `9${digits(2)}-${between(10, 49)}-${digits(4)}`,
  CA: () => `0${digits(2)} ${digits(3)} ${digits(3)}`,
  GB: () => `QQ ${digits(2)} ${digits(2)} ${digits(2)} ${pick(['A', 'B', 'C', 'D'])}`,
  DE: () => `0${digits(1)} ${digits(3)} ${digits(3)} ${digits(3)}`,
}

const languages = { US: 'en', GB: 'en', DE: 'de', CA: 'fr', FR: 'fr', SE: 'sv', JP: 'ja', IN: 'en', BR: 'pt', PL: 'pl' }
const remarks = [
  'Asked for a payment plan after losing a job in spring',
  'Prefers letters to calls; hard of hearing',
  'Disputes invoice of March, lawyer involved',
  'Moved after a divorce: never disclose the new address',
  'Diabetic; needs the adapted contract',
  'Power of attorney held by a daughter',
]

let state = SEED
/** Mulberry32. */
function random() {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}
const between = (low, high) => low + Math.floor(random() * (high - low + 1))
const pick = (list) => list[between(0, list.length - 1)]
const digits = (count) => Array.from({ length: count }, () => between(0, 9)).join('')
const chance = (share) => random() < share
const weighted = Object.entries(COUNTRIES).flatMap(([country, weight]) => Array(weight).fill(country))
const letters = { ß: 'ss', ł: 'l', Ł: 'L', ı: 'i', Ø: 'O', ø: 'o' }
const ascii = (text) =>
  text
    .replace(/[ßłŁıØø]/g, (letter) => letters[letter])
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase()
const cell = (value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)

function customer(tenant, number) {
  const country = pick(weighted)
  const [given = '', givenLatin = given] = pick(names[country][0].split(' ')).split('|')
  const [family = '', familyLatin = family] = pick(names[country][1].split(' ')).split('|')
  const [street, ...towns] = places[country]
  const day = new Date(Date.UTC(between(1941, 2006), between(0, 11), between(1, 28)))
  const notes = { language: languages[country], newsletter: chance(0.4), ...(chance(0.5) && { remark: pick(remarks) }) }
  return [
    tenant,
    country,
    pick(['starter', 'starter', 'business', 'enterprise']),
    country === 'JP' ? `${family} ${given}` : `${given} ${family}`,
    `${ascii(givenLatin)}.${ascii(familyLatin)}.${number}@example.${pick(['com', 'org', 'net'])}`,
    chance(0.9) ? (phones[country]?.() ?? '') : '',
    chance(0.9) ? (nationalIds[country]?.() ?? '') : '',
    day.toISOString().slice(0, 10),
    `${street(between(1, 900))}, ${pick(towns)}`,
    chance(0.7) ? JSON.stringify(notes) : '',
  ]
}

const rows = [['tenant', 'country', 'plan', 'name', 'email', 'phone', 'nationalId', 'birthday', 'address', 'notes']]
for (const [tenant, count] of Object.entries(TENANTS)) {
  for (let i = 0; i < count; i++) rows.push(customer(tenant, rows.length))
}
const csv = rows.map((row) => row.map(cell).join(',')).join('\n')
writeFileSync(new URL('customers.csv', import.meta.url), `${csv}\n`)
