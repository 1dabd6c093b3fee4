/** The pieces of a Prisma schema's text: a string, one of the three comments, a line's end, or the code up to the next of these. */
export const pslPieces =
  /(?<string>"(?:[^"\\\n]|\\.)*"?)|(?<block>\/\*[\s\S]*?(?:\*\/|$))|(?<line>\/\/[^\n]*)|(?<code>(?:[^"/\n]|\/(?![/*]))+)|(?<end>\n)/g
