/*
 * What `node:crypto` does one message at a time, for whole columns of messages, by the OpenSSL that is in the running Node
 * already; and random bytes from the kernel.
 *
 * `node:crypto` makes a cipher object and several buffers for every message; of the 3 µs that a short one takes, 2.8 go
 * there. Here a key is scheduled once, and a column is sealed or opened in one call. Nothing of a cipher is made here: these
 * files only call OpenSSL.
 */
#include "arena.h"
#include "gcm.h"
#include "mac.h"
#include "random.h"
#include "texts.h"
#include "values.h"

/* random(bytes): random bytes from the kernel in all of them. */
static napi_value fill_random(napi_env env, napi_callback_info info) {
  size_t argc = 1, length = 0;
  napi_value argument;
  unsigned char *bytes = NULL;
  if (napi_get_cb_info(env, info, &argc, &argument, NULL, NULL) != napi_ok || argc < 1 ||
      !bytes_of(env, argument, &bytes, &length)) {
    return fail(env, "random takes bytes");
  }
  if (!fill_from_kernel(bytes, length)) return fail(env, "the kernel returned no random bytes");
  return NULL;
}

#define FUNCTION(name, function) {name, NULL, function, NULL, NULL, NULL, napi_default, NULL}

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      FUNCTION("importKey", import_key),
      FUNCTION("destroyKey", destroy_key),
      FUNCTION("seal", seal_arena),
      FUNCTION("open", open_arena),
      FUNCTION("sealTexts", seal_texts),
      FUNCTION("openTexts", open_texts),
      FUNCTION("importMacKey", import_mac_key),
      FUNCTION("destroyMacKey", destroy_mac_key),
      FUNCTION("macs", macs),
      FUNCTION("random", fill_random),
  };
  napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]), functions);
  return exports;
}
