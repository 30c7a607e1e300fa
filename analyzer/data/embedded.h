/*
 * embedded.h - the files of this folder as parts of the program (embed.cmake).
 *
 * Each is followed by a NUL byte that its size does not count.
 */
#ifndef O365LENS_ANALYZER_DATA_EMBEDDED_H
#define O365LENS_ANALYZER_DATA_EMBEDDED_H

#include <stddef.h>

extern const unsigned char data_breadth_json[];
extern const size_t data_breadth_json_size;
extern const unsigned char data_endpoints_china_json[];
extern const size_t data_endpoints_china_json_size;
extern const unsigned char data_endpoints_usgovdod_json[];
extern const size_t data_endpoints_usgovdod_json_size;
extern const unsigned char data_endpoints_usgovgcchigh_json[];
extern const size_t data_endpoints_usgovgcchigh_json_size;
extern const unsigned char data_endpoints_worldwide_json[];
extern const size_t data_endpoints_worldwide_json_size;
extern const unsigned char data_frontdoors_json[];
extern const size_t data_frontdoors_json_size;
extern const unsigned char data_issuers_json[];
extern const size_t data_issuers_json_size;
extern const unsigned char data_proxies_json[];
extern const size_t data_proxies_json_size;
extern const unsigned char data_thresholds_json[];
extern const size_t data_thresholds_json_size;

#endif
