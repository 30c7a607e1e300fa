/* filter.c - pcap-filter(7), compiled and run by libpcap. */
#include "analyzer/filter.h"

#include "analyzer/alloc.h"

#include <pcap/pcap.h>
#include <stdlib.h>

enum {
    SNAPLEN = 262144,
    PROGRAMS_MAX =
        64, /* link types; hostile captures have more, and nobody misses them */
};

/* LINKTYPE_ numbers that are other numbers as DLT_; all the rest are the same. */
static const struct {
    uint16_t link_type;
    int dlt;
} renamed[] = {
    { 100, DLT_ATM_RFC1483 }, { 101, DLT_RAW },      { 102, DLT_SLIP_BSDOS },
    { 103, DLT_PPP_BSDOS },   { 106, DLT_ATM_CLIP }, { 108, DLT_LOOP },
    { 109, DLT_ENC },         { 246, DLT_PFSYNC },   { 258, DLT_PKTAP },
};

/* Ethernet first: filter_new() answers with what libpcap says of it. */
static const uint16_t usual_link_types[] = { 1,   0,   9,   101, 105, 108,
                                             113, 127, 228, 229, 276 };

struct program {
    uint16_t link_type;
    bool is_compiled;
    bool is_met;     /* a packet of this link type came */
    bool is_told_of; /* by filter_next_problem() */
    struct bpf_program code;
    struct error problem;
};

struct filter {
    char *expression;
    struct program *current; /* of the last packet: mostly that of the next one */
    struct program programs[PROGRAMS_MAX];
    size_t count;
    struct program none; /* for link types beyond PROGRAMS_MAX */
};

static int dlt_of(uint16_t link_type)
{
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (renamed[i].link_type == link_type)
            return renamed[i].dlt;
    return link_type;
}

static void compile(const char *expression, struct program *program)
{
    pcap_t *dead = pcap_open_dead(dlt_of(program->link_type), SNAPLEN);
    if (dead == NULL) {
        error_set(&program->problem, "filter \"%s\": libpcap cannot be started",
                  expression);
        return;
    }
    program->is_compiled =
        pcap_compile(dead, &program->code, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!program->is_compiled)
        error_set(&program->problem, "filter \"%s\" cannot be used on link type %u: %s",
                  expression, program->link_type, pcap_geterr(dead));
    pcap_close(dead);
}

static struct program *add_program(struct filter *filter, uint16_t link_type)
{
    if (filter->count == PROGRAMS_MAX)
        return &filter->none;
    struct program *program = &filter->programs[filter->count++];
    program->link_type = link_type;
    compile(filter->expression, program);
    return program;
}

static struct program *find_program(struct filter *filter, uint16_t link_type)
{
    for (size_t i = 0; i < filter->count; i++)
        if (filter->programs[i].link_type == link_type)
            return &filter->programs[i];
    return add_program(filter, link_type);
}

static bool is_usable(struct filter *filter, struct error *error)
{
    const struct program *ethernet = find_program(filter, usual_link_types[0]);
    if (!ethernet->is_compiled && error != NULL)
        *error = ethernet->problem;
    return ethernet->is_compiled;
}

struct filter *filter_new(const char *expression, struct error *error)
{
    struct filter *filter = alloc_zeroed(1, sizeof *filter);
    filter->expression = alloc_text(expression);
    error_set(&filter->none.problem,
              "filter \"%s\": packets of more than %d link types; the others do not pass",
              expression, PROGRAMS_MAX);
    if (!is_usable(filter, error)) {
        filter_free(filter);
        return NULL;
    }
    for (size_t i = 1; i < sizeof usual_link_types / sizeof *usual_link_types; i++)
        find_program(filter, usual_link_types[i]);
    filter->current = &filter->programs[0];
    return filter;
}

void filter_free(struct filter *filter)
{
    if (filter == NULL)
        return;
    for (size_t i = 0; i < filter->count; i++)
        if (filter->programs[i].is_compiled)
            pcap_freecode(&filter->programs[i].code);
    free(filter->expression);
    free(filter);
}

bool filter_is_match(struct filter *filter, uint16_t link_type, struct bytes captured,
                     uint32_t length)
{
    if (filter->current->link_type != link_type || filter->current == &filter->none)
        filter->current = find_program(filter, link_type);
    struct program *program = filter->current;
    program->is_met = true;
    if (!program->is_compiled)
        return false;
    struct pcap_pkthdr header = { .caplen = (bpf_u_int32)captured.left, .len = length };
    return pcap_offline_filter(&program->code, &header, captured.at) != 0;
}

static bool tell(struct program *program, struct error *problem)
{
    if (!program->is_met || program->is_compiled || program->is_told_of)
        return false;
    program->is_told_of = true;
    *problem = program->problem;
    return true;
}

bool filter_next_problem(struct filter *filter, struct error *problem)
{
    for (size_t i = 0; i < filter->count; i++)
        if (tell(&filter->programs[i], problem))
            return true;
    return tell(&filter->none, problem);
}
