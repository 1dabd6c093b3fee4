/* HMAC-SHA-256 (RFC 2104), by OpenSSL, with a key that is prepared once. */
#ifndef PRISMA_ENVELOPE_MAC_H
#define PRISMA_ENVELOPE_MAC_H

#include "values.h"

/* importMacKey(bytes): a key of 32 bytes, which stay the caller's. */
napi_value import_mac_key(napi_env env, napi_callback_info info);
/* destroyMacKey(key): wipes it now. Any later use of it throws. */
napi_value destroy_mac_key(napi_env env, napi_callback_info info);
/* Messages that one call takes. */
enum { MESSAGES_PER_CALL = 256 };

/* macs(key, length, ...messages): an ArrayBuffer with the first `length` bytes of each MAC; of strings, in UTF-8. */
napi_value macs(napi_env env, napi_callback_info info);

#endif
