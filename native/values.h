/* JavaScript's values in C. */
#ifndef PRISMA_ENVELOPE_VALUES_H
#define PRISMA_ENVELOPE_VALUES_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Throws an Error, unless an exception is on its way already, and returns NULL. */
napi_value fail(napi_env env, const char *message);

/* Throws an Error with a code, and returns NULL. */
napi_value fail_with(napi_env env, const char *code, const char *message);

/* What a Uint8Array holds, for as long as no JavaScript runs. */
bool bytes_of(napi_env env, napi_value value, unsigned char **data, size_t *length);

/* What a Uint32Array holds. */
bool spans_of(napi_env env, napi_value value, uint32_t **data, size_t *length);

/* Memory for one call, wiped when it is let go: on the stack while it is enough, which it is for a short value. */
typedef struct {
  unsigned char *data;
  size_t size;
  /* The most that was asked for: what is wiped. */
  size_t used;
  bool on_heap;
} Scratch;

/* Bytes of a piece on the stack. */
enum { SCRATCH_ON_STACK = 4096 };

Scratch scratch_on(unsigned char *stack);
/* Makes it hold so many bytes; what it held before is lost. False if there is no memory. */
bool scratch_reserve(Scratch *scratch, size_t size);
void scratch_end(Scratch *scratch);

/* Reads a string as UTF-16 code units. False if it is no string, or there is no memory. */
bool read_units(napi_env env, napi_value value, Scratch *units, size_t *length);

/* The same in UTF-8, with U+FFFD for lone surrogates. */
bool read_utf8(napi_env env, napi_value value, Scratch *bytes, size_t *length);

#endif
