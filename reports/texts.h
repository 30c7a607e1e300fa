/*
 * texts.h - the wording of reports, by key, with the numbers of a finding filled in.
 *
 * The wording is reports/texts/en.json, built into the program: groups of entries of
 * texts. Group "findings" has one entry for each `text` of a finding, with `title`,
 * `explanation`, `principle`, `source` and `recommendation`. In a text
 *
 *     {name}     is the finding's parameter of that name,
 *     {name:connection:connections}
 *                is the first word where the parameter is "1", else the second,
 *     [ ... ]    is left out where a parameter inside it is missing, empty or "none".
 *
 * Outside of brackets a missing parameter reads "not known"; no text shows a placeholder.
 * Texts are opened once for a report; what texts_get gives lives until texts_close.
 */
#ifndef O365LENS_REPORTS_TEXTS_H
#define O365LENS_REPORTS_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/error.h"
#include "analyzer/finding.h"

enum { TEXTS_SIZE = 8192 };

struct texts;

/* NULL where the built-in document is none; the sentence tells where. */
struct texts *texts_open(struct error *error);
void texts_close(struct texts *texts); /* NULL is nothing to close */

/* The text as it stands in the document; NULL where there is none. */
const char *texts_get(const struct texts *texts, const char *group, const char *entry,
                      const char *field);

/* The key of the entry at `index` of a group, from 0; NULL behind the last. */
const char *texts_entry(const struct texts *texts, const char *group, size_t index);

/*
 * The text of `field` of the finding's entry, filled, in `out`; "" where there is none
 * (for the title: the finding's kind). Values go through names_out.h. Longer ones are
 * cut.
 */
const char *texts_fill(const struct texts *texts, const struct finding *finding,
                       const char *field, char out[TEXTS_SIZE]);

#endif
