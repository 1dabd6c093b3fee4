#include "values.h"

#include <stdlib.h>

#include "openssl.h"

napi_value fail(napi_env env, const char *message) { return fail_with(env, NULL, message); }

napi_value fail_with(napi_env env, const char *code, const char *message) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_error(env, code, message);
  return NULL;
}

static bool elements_of(napi_env env, napi_value value, napi_typedarray_type wanted, void **data, size_t *length) {
  napi_typedarray_type type;
  bool is_typed = false;
  return napi_is_typedarray(env, value, &is_typed) == napi_ok && is_typed &&
         napi_get_typedarray_info(env, value, &type, length, data, NULL, NULL) == napi_ok && type == wanted;
}

bool bytes_of(napi_env env, napi_value value, unsigned char **data, size_t *length) {
  return elements_of(env, value, napi_uint8_array, (void **)data, length);
}

bool spans_of(napi_env env, napi_value value, uint32_t **data, size_t *length) {
  return elements_of(env, value, napi_uint32_array, (void **)data, length);
}

Scratch scratch_on(unsigned char *stack) {
  return (Scratch){.data = stack, .size = SCRATCH_ON_STACK, .used = 0, .on_heap = false};
}

void scratch_end(Scratch *scratch) {
  if (scratch->data != NULL) OPENSSL_cleanse(scratch->data, scratch->used);
  if (scratch->on_heap) free(scratch->data);
  *scratch = (Scratch){.data = NULL, .size = 0, .used = 0, .on_heap = false};
}

bool scratch_reserve(Scratch *scratch, size_t size) {
  if (size > scratch->size) {
    scratch_end(scratch);
    /* A quarter more: the values of a column are often of about the same length. */
    const size_t ample = size + size / 4;
    scratch->data = malloc(ample);
    if (scratch->data == NULL) return false;
    scratch->size = ample;
    scratch->on_heap = true;
  }
  if (size > scratch->used) scratch->used = size;
  return true;
}

bool read_units(napi_env env, napi_value value, Scratch *units, size_t *length) {
  const size_t room = units->size / sizeof(char16_t);
  /* As much as there is room for, with the NUL behind it that this writes: usually everything. */
  if (napi_get_value_string_utf16(env, value, (char16_t *)(void *)units->data, room, length) != napi_ok) return false;
  if (*length + 1 < room) return scratch_reserve(units, (*length + 1) * sizeof(char16_t));
  if (napi_get_value_string_utf16(env, value, NULL, 0, length) != napi_ok) return false;
  const size_t whole = *length;
  return scratch_reserve(units, (whole + 1) * sizeof(char16_t)) &&
         napi_get_value_string_utf16(env, value, (char16_t *)(void *)units->data, whole + 1, length) == napi_ok &&
         *length == whole;
}

bool read_utf8(napi_env env, napi_value value, Scratch *bytes, size_t *length) {
  if (napi_get_value_string_utf8(env, value, (char *)bytes->data, bytes->size, length) != napi_ok) return false;
  /* With less than a whole character left, it may have been cut there. */
  if (*length + 4 < bytes->size) return scratch_reserve(bytes, *length + 1);
  if (napi_get_value_string_utf8(env, value, NULL, 0, length) != napi_ok) return false;
  const size_t whole = *length;
  return scratch_reserve(bytes, whole + 1) &&
         napi_get_value_string_utf8(env, value, (char *)bytes->data, whole + 1, length) == napi_ok && *length == whole;
}
