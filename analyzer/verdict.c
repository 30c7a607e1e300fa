/* verdict.c - the lists of a verdict are short: the weightiest signals stay. */
#include "analyzer/verdict.h"

#include <stdlib.h>
#include <string.h>

const char *verdict_state_text(enum verdict_state state)
{
    static const char *const texts[VERDICT_STATES] = {
        [VERDICT_UNKNOWN] = "unknown",
        [VERDICT_NO] = "no",
        [VERDICT_LIKELY] = "likely",
        [VERDICT_YES] = "yes",
    };
    return texts[state];
}

const char *verdict_question_text(enum verdict_question question)
{
    static const char *const texts[QUESTIONS] = {
        [QUESTION_HAIRPIN] = "hairpin",
        [QUESTION_PROXY] = "proxy",
        [QUESTION_INTERCEPTION] = "interception",
    };
    return texts[question];
}

/* Nobody can be sure of "unknown": it has no confidence, whatever the caller says. */
void verdict_set(struct verdict *verdict, enum verdict_state state, const char *kind,
                 const char *reason, int32_t confidence_thousandths)
{
    verdict->state = state;
    verdict->kind = kind;
    verdict->reason = reason;
    verdict->confidence_thousandths =
        state == VERDICT_UNKNOWN ? -1 : confidence_thousandths;
}

static struct verdict_signal *lightest_signal(struct verdict *verdict)
{
    struct verdict_signal *lightest = &verdict->signals[0];
    for (uint32_t i = 1; i < verdict->signal_count; i++) {
        struct verdict_signal *signal = &verdict->signals[i];
        if (abs(signal->weight_thousandths) < abs(lightest->weight_thousandths))
            lightest = signal;
    }
    return lightest;
}

/* Every weight counts in the score, also that of a signal for which there is no room. */
void verdict_add_signal(struct verdict *verdict, const char *name, int64_t thousandths,
                        int32_t weight_thousandths, uint32_t series, uint64_t frame)
{
    struct verdict_signal signal = { .name = name,
                                     .value = thousandths,
                                     .weight_thousandths = weight_thousandths,
                                     .series = series,
                                     .frame = frame };

    verdict->score_thousandths += weight_thousandths;
    if (verdict->signal_count < VERDICT_SIGNALS) {
        verdict->signals[verdict->signal_count++] = signal;
        return;
    }
    struct verdict_signal *lightest = lightest_signal(verdict);
    if (abs(weight_thousandths) > abs(lightest->weight_thousandths))
        *lightest = signal;
}

void verdict_add_missing(struct verdict *verdict, const char *what)
{
    for (uint32_t i = 0; i < verdict->missing_count; i++) {
        if (strcmp(verdict->missing[i], what) == 0)
            return;
    }
    if (verdict->missing_count < VERDICT_MISSING)
        verdict->missing[verdict->missing_count++] = what;
}
