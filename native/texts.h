/* A column of texts and their envelopes: from JavaScript's strings to JavaScript's strings in one call. */
#ifndef PRISMA_ENVELOPE_TEXTS_H
#define PRISMA_ENVELOPE_TEXTS_H

#include "values.h"

/* Strings that one call takes. */
enum { STRINGS_PER_CALL = 256 };

/* Bytes: a text may be padded to a multiple of so many. */
enum { LARGEST_PAD = 1024 };

/*
 * openTexts(key, authenticated, prefix, gather, ...envelopes): what `gather` returns for the texts in the same order, or the
 * index of the first envelope that is not `prefix`, then nonce ‖ ciphertext ‖ tag in canonical base64, that opens to
 * well-formed UTF-8.
 */
napi_value open_texts(napi_env env, napi_callback_info info);

/*
 * sealTexts(key, authenticated, prefix, gather, pad, ...texts): the same for their envelopes, each under a nonce that the kernel
 * has drawn in this call, or the index of the first text with a lone surrogate. Each text is padded to a multiple of `pad`
 * bytes, one at least; 1 pads nothing. Throws an error with the code
 * RANDOM_UNAVAILABLE if the kernel draws nothing.
 */
napi_value seal_texts(napi_env env, napi_callback_info info);

#endif
