/* Messages that lie side by side in an arena of JavaScript's, sealed and opened in their places. */
#ifndef PRISMA_ENVELOPE_ARENA_H
#define PRISMA_ENVELOPE_ARENA_H

#include "values.h"

/* seal(key, authenticated, arena, spans): puts ciphertext and tag in the place of each text. */
napi_value seal_arena(napi_env env, napi_callback_info info);
/* open(key, authenticated, arena, spans): the index of the first message that does not authenticate, or -1. */
napi_value open_arena(napi_env env, napi_callback_info info);

#endif
