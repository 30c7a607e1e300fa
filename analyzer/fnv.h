/*
 * fnv.h - FNV-1a of some bytes, in 32 and 64 bits; `hash` is what came before.
 *
 * Whoever makes the bytes can make them collide: for tables that are bounded, where a
 * collision costs little, and for keys whose other parts are compared too.
 */
#ifndef O365LENS_ANALYZER_FNV_H
#define O365LENS_ANALYZER_FNV_H

#include <stddef.h>
#include <stdint.h>

static inline uint32_t fnv32(uint32_t hash, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    return hash;
}

static inline uint64_t fnv64(uint64_t hash, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

#endif
