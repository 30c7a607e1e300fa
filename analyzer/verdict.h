/*
 * verdict.h - what is concluded about one flow, and on which evidence.
 *
 * Not seen is not "no": a verdict is yes (proven), likely, no (ruled out) or unknown, and
 * carries a reason, the signals that it rests on, and what is missing to decide it.
 * All texts are constants of the program or live as long as the knowledge.
 */
#ifndef O365LENS_ANALYZER_VERDICT_H
#define O365LENS_ANALYZER_VERDICT_H

#include <stdint.h>

enum verdict_state { VERDICT_UNKNOWN, VERDICT_NO, VERDICT_LIKELY, VERDICT_YES };
enum { VERDICT_STATES = 4, VERDICT_SIGNALS = 8, VERDICT_MISSING = 4 };

enum verdict_question { QUESTION_HAIRPIN, QUESTION_PROXY, QUESTION_INTERCEPTION, QUESTIONS };

struct verdict_signal {
    const char *name;
    int64_t value;              /* in thousandths of the unit that the name tells */
    int32_t weight_thousandths; /* log10 likelihood ratio */
    uint32_t series;            /* that the frame is of */
    uint64_t frame;             /* 0: none */
};

struct verdict {
    enum verdict_state state;
    const char *kind;              /* of the contract; NULL where none applies */
    int32_t confidence_thousandths; /* of the stated state; -1 for unknown */
    int32_t score_thousandths;      /* sum of log10 likelihood ratios */
    const char *reason;             /* a stable code */
    const char *product;            /* proxy or inspection product; NULL */
    const char *issuer;             /* interception: common name of the issuer; NULL */
    uint32_t signal_count, missing_count;
    struct verdict_signal signals[VERDICT_SIGNALS];
    const char *missing[VERDICT_MISSING];
};

const char *verdict_state_text(enum verdict_state state); /* "yes" ... */
const char *verdict_question_text(enum verdict_question question); /* "hairpin" ... */

void verdict_set(struct verdict *verdict, enum verdict_state state, const char *kind,
                 const char *reason, int32_t confidence_thousandths);
void verdict_add_signal(struct verdict *verdict, const char *name, int64_t thousandths,
                        int32_t weight_thousandths, uint32_t series, uint64_t frame);
void verdict_add_missing(struct verdict *verdict, const char *what);

#endif
