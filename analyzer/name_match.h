/*
 * name_match.h - which of many host name patterns a name fits, the closest first.
 *
 *     struct name_match *names = name_match_new();
 *     name_match_add(names, "*.sharepoint.com", 31);
 *     struct name_hit hits[8];
 *     size_t count = name_match_find(names, "Acme.SharePoint.com.", hits, 8);
 *
 * Patterns, as Microsoft writes them:
 *     outlook.office.com              that name alone
 *     *.office.com                    any name below it, at any depth, not office.com
 *     *cdn.onenote.net                any name that ends so, also in the middle of a
 * label autodiscover.*.onmicrosoft.com  the star stands for one character or more, dots
 * too Case and one trailing dot do not matter. An internationalised name is given in its
 * A-label form (RFC 5890). Names above 253 bytes fit nothing.
 */
#ifndef O365LENS_ANALYZER_NAME_MATCH_H
#define O365LENS_ANALYZER_NAME_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NAME_SIZE_MAX = 253 };

struct name_match;

struct name_hit {
    const char *pattern; /* lower case; lives as long as the name_match */
    uint32_t value;
    uint16_t literal; /* bytes of the pattern without its stars */
    bool is_exact;    /* the pattern has no star */
};

struct name_match *name_match_new(void);
void name_match_free(struct name_match *names); /* NULL is nothing to free */

/* True where the text is a host name in which stars may stand. */
bool name_match_is_pattern(const char *text);

/* The pattern is copied. The same one may be added with several values. */
void name_match_add(struct name_match *names, const char *pattern, uint32_t value);

/*
 * How many patterns fit, at most `capacity`; they stand in `hits`: exact before wildcard,
 * longer before shorter, then by value.
 */
size_t name_match_find(const struct name_match *names, const char *host,
                       struct name_hit *hits, size_t capacity);

#endif
