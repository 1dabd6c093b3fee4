#ifndef PRISMA_ENVELOPE_RANDOM_H
#define PRISMA_ENVELOPE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>

/* Fills `bytes` from the kernel. */
bool fill_from_kernel(unsigned char *bytes, size_t length);

#endif
