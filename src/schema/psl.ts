/** The pieces of a Prisma schema's text: strings, the three kinds of comment, line ends, and the code between these. */
export const pslPieces =
  /(?<string>"(?:[^"\\\n]|\\.)*"?)|(?<block>\/\*[\s\S]*?(?:\*\/|$))|(?<line>\/\/[^\n]*)|(?<code>(?:[^"/\n]|\/(?![/*]))+)|(?<end>\n)/g
