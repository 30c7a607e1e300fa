/* x509_name.c - RFC 6125 section 6.4; RFC 9525 section 6.3 for the wildcard. */
#include "dissectors/x509_name.h"

#include <string.h>
#include <strings.h>

#include "dissectors/address.h"

static size_t length_without_dot(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && name[length - 1] == '.' ? length - 1 : length;
}

static bool is_same_name(const char *a, const char *b)
{
    size_t length = length_without_dot(a);
    return length > 0 && length == length_without_dot(b) &&
           strncasecmp(a, b, length) == 0;
}

/* "*.com" would name half the world: two labels must follow. */
static bool wildcard_covers(const char *parent, const char *host)
{
    const char *dot = strchr(host, '.');

    if (dot == NULL || dot == host || strchr(parent, '*') != NULL)
        return false;
    const char *second = strchr(parent, '.');
    return second != NULL && second != parent && second[1] != '\0' &&
           is_same_name(parent, dot + 1);
}

bool x509_name_covers(const char *pattern, const char *host)
{
    struct ip_address named, wanted;

    if (strchr(pattern, '\\') != NULL)
        return false;
    if (address_read(host, &wanted))
        return address_read(pattern, &named) && address_is_equal(&named, &wanted);
    if (strncmp(pattern, "*.", 2) == 0)
        return wildcard_covers(pattern + 2, host);
    return strchr(pattern, '*') == NULL && is_same_name(pattern, host);
}

bool x509_covers(const char *const *san, size_t count, const char *subject_cn,
                 const char *host)
{
    bool has_dns_name = false;
    struct ip_address address;

    for (size_t i = 0; i < count; i++) {
        if (x509_name_covers(san[i], host))
            return true;
        has_dns_name = has_dns_name || !address_read(san[i], &address);
    }
    return !has_dns_name && subject_cn != NULL && x509_name_covers(subject_cn, host);
}
