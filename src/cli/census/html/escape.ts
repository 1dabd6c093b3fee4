const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text in HTML, in an element or in an attribute. Control characters, which no HTML may hold, are replaced. */
export function escaped(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '�').replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
