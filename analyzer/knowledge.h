/*
 * knowledge.h - everything that is known before a capture is read, built in or given.
 *
 *     struct knowledge *knowledge = knowledge_open(&error);
 *     if (!knowledge_apply(knowledge, site_file, &error)) ...
 *     ... knowledge->endpoints, knowledge->issuers ...
 *
 * The built-in files are analyzer/data/, part of the program; each names its sources. The
 * knowledge owns all its parts.
 */
#ifndef O365LENS_ANALYZER_KNOWLEDGE_H
#define O365LENS_ANALYZER_KNOWLEDGE_H

#include <stdbool.h>

#include "analyzer/endpoints.h"
#include "analyzer/error.h"
#include "analyzer/issuers.h"
#include "analyzer/proxy_list.h"
#include "analyzer/site_file.h"
#include "analyzer/thresholds.h"

/* A place where Microsoft's network takes users in, by the code in its names. */
struct front_door {
    const char *code; /* "fra" */
    const char *city, *country;
    double latitude, longitude; /* degrees */
    bool is_assumed;            /* the code was not seen in use: read by analogy */
    const char *source;
};

struct front_doors;

struct knowledge {
    struct endpoints *endpoints;
    struct issuers *issuers;
    struct proxy_list *proxies;
    struct thresholds *thresholds;
    struct front_doors *front_doors;
};

/* NULL, with a sentence, only where a built-in file is broken: a test refuses that. */
struct knowledge *knowledge_open(struct error *error);
void knowledge_free(struct knowledge *knowledge); /* NULL is nothing to free */

/*
 * Takes over what the assessment file says: issuers that inspect, thresholds. NULL is
 * no file. False where the file names a threshold that there is not. To be called once.
 */
bool knowledge_apply(struct knowledge *knowledge, const struct site_file *site_file,
                     struct error *error);

/*
 * The code in a name "XXX-efz.ms-acdc.office.com" (three or four letters), lower case,
 * into `code`. False where the name is none such.
 */
bool front_door_code(const char *host, char code[5]);

/* Without case; NULL where the code is not known. */
const struct front_door *knowledge_front_door(const struct knowledge *knowledge,
                                              const char *code);

#endif
