#define _DEFAULT_SOURCE
#include "random.h"

#include <errno.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#else
#include <sys/random.h>
#endif

/*
 * On Linux by the system call itself: the C library's getrandom may keep a generator in the process (vDSO), and it is what
 * lies in the process that a resumed snapshot repeats.
 */
bool fill_from_kernel(unsigned char *bytes, size_t length) {
  while (length > 0) {
#ifdef __linux__
    const long filled = syscall(SYS_getrandom, bytes, length, 0);
    if (filled < 0 && errno == EINTR) continue;
    if (filled <= 0) return false;
#else
    const size_t filled = length < 256 ? length : 256; /* getentropy takes no more at once. */
    if (getentropy(bytes, filled) != 0) return false;
#endif
    bytes += filled;
    length -= (size_t)filled;
  }
  return true;
}
