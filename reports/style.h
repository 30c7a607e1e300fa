/*
 * style.h - the style sheet of reports, and the source expression that allows it.
 *
 * The sheet is reports/assets/report.css, built into the program; the build computes its
 * SHA-256. It holds none of the characters that HTML escapes, so that it passes html_text
 * as it is (a test holds it to that).
 */
#ifndef O365LENS_REPORTS_STYLE_H
#define O365LENS_REPORTS_STYLE_H

enum { STYLE_SOURCE_SIZE = 64 };

const char *style_text(void);

/* "'sha256-...'" of Content Security Policy Level 3, in `out`. */
const char *style_source(char out[STYLE_SOURCE_SIZE]);

#endif
