/**
 * The shortest accepted text and binary columns: an inline envelope of a short value has about 400 characters, of which most
 * are the wrapped data key. With a key table as well: what cannot be stored in it is sealed inline.
 */
export const minimumCharacters = 1024
export const minimumBytes = 768
