/* assessment_make.c - two passes over results: what correlates, then what it means. */
#include "analyzer/assessment_make.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/address_set.h"
#include "analyzer/alloc.h"
#include "analyzer/assessment_settings.h"
#include "analyzer/capture_findings.h"
#include "analyzer/path_fold.h"
#include "analyzer/result_merge.h"
#include "analyzer/result_set.h"
#include "analyzer/site_fold.h"

static const char no_site[] = "unassigned";

struct maker {
    const struct assessment_input *input;
    struct assessment_output *output;
    struct judgement_context context;
    struct result_set results;     /* by series number */
    struct series_context *series; /* parallel */
    struct correlation *correlation;
    struct site_fold **sites;
    uint32_t site_count;
    struct path_fold path_fold;
    const struct endpoint_list **lists;
    uint32_t list_count;
    struct address_set clients, office365_clients;
    struct assessment *assessment;
};

static bool is_skipped(const struct capture_entry *entry)
{
    return entry->in_folder && entry->looks_like != NULL;
}

/* The first folder below the argument is the site where no file names sites. */
static const char *folder_site(const struct maker *maker, const char *capture, char *out,
                               size_t capacity)
{
    const char *slash = strchr(capture, '/');
    if (slash == NULL || slash == capture || (size_t)(slash - capture) >= capacity)
        return no_site;
    memcpy(out, capture, (size_t)(slash - capture));
    out[slash - capture] = '\0';
    const struct site_file *site_file = maker->input->site_file;
    if (site_file != NULL && site_file->site_count > 0 &&
        site_file_find_named(site_file, out) == NULL)
        return no_site;
    return out;
}

static struct site_fold *site_named(struct maker *maker, const char *name)
{
    for (uint32_t i = 0; i < maker->site_count; i++)
        if (strcmp(site_fold_name(maker->sites[i]), name) == 0)
            return maker->sites[i];
    const struct site *site = site_file_find_named(maker->input->site_file, name);
    maker->sites =
        alloc_resize(maker->sites, maker->site_count + 1, sizeof *maker->sites);
    maker->sites[maker->site_count] = site_fold_new(
        name, site != NULL && site->has_role ? site_role_text(site->role) : NULL);
    return maker->sites[maker->site_count++];
}

static void place_capture(struct maker *maker, const char *name,
                          struct capture_context *place)
{
    char folder[256];
    const struct site_capture *told =
        site_file_find_capture(maker->input->site_file, name);
    *place = (struct capture_context){ .vantage = VANTAGE_UNKNOWN };
    if (told != NULL) {
        place->vantage = told->vantage;
        place->vantage_is_told = told->vantage != VANTAGE_UNKNOWN;
        place->link = told->link;
    }
    if (told != NULL && told->site != NULL)
        place->site = told->site;
    else if (told == NULL)
        place->site = site_fold_name(
            site_named(maker, folder_site(maker, name, folder, sizeof folder)));
}

static void place_captures(struct maker *maker)
{
    const struct site_file *site_file = maker->input->site_file;
    for (size_t i = 0; site_file != NULL && i < site_file->site_count; i++)
        (void)site_named(maker, site_file->sites[i].name);
    maker->series = alloc_zeroed(maker->results.count + 1, sizeof *maker->series);
    for (uint32_t i = 0; i < maker->results.count; i++) {
        struct result_header *header = maker->results.headers[i];
        maker->series[i].header = header;
        maker->series[i].captures =
            alloc_zeroed(header->capture_count + 1, sizeof *maker->series[i].captures);
        for (uint32_t k = 0; k < header->capture_count; k++)
            if (!is_skipped(&header->captures[k]))
                place_capture(maker, header->captures[k].name,
                              &maker->series[i].captures[k]);
    }
}

static uint8_t rank_of(const struct capture_context *place)
{
    static const uint8_t ranks[VANTAGES] = {
        [VANTAGE_CLIENT_LAN] = 1,    [VANTAGE_WAN] = 2,
        [VANTAGE_PROXY_CLIENT] = 3,  [VANTAGE_PROXY_INTERNET] = 4,
        [VANTAGE_INTERNET_EDGE] = 5,
    };
    return place->vantage_is_told ? ranks[place->vantage] : 0;
}

/* Reads a result once; false where it is not whole. */
static bool read_through(struct maker *maker, uint32_t number, struct error *error)
{
    struct flow_record record;
    struct result *result = result_open(maker->results.paths[number], error);
    if (result == NULL)
        return false;
    bool is_alone = maker->results.count == 1; /* with nothing to be matched with */
    if (is_alone && result_is_passing(result)) {
        result_close(result);
        return true; /* this run made it */
    }
    while (result_next(result, &record)) {
        if (!is_alone)
            correlation_see(maker->correlation, number,
                            rank_of(&maker->series[number].captures[record.capture]),
                            &record);
        flow_record_release(&record);
    }
    bool is_whole = result_is_whole(result, error);
    result_close(result);
    return is_whole;
}

/* The first pass also finds out whether a result is whole. */
static void correlate(struct maker *maker)
{
    struct error error = { { 0 } };
    maker->correlation = correlation_new();
    for (uint32_t i = 0; i < maker->results.count; i++)
        if (!read_through(maker, i, &error))
            result_set_note_damage(&maker->results, i, &error);
    correlation_conclude(maker->correlation);
}

static void note_list(struct maker *maker, const struct endpoint_list *list)
{
    if (list == NULL)
        return;
    for (uint32_t i = 0; i < maker->list_count; i++)
        if (maker->lists[i] == list)
            return;
    maker->lists =
        alloc_resize(maker->lists, maker->list_count + 1, sizeof *maker->lists);
    maker->lists[maker->list_count++] = list;
}

static void fold_flow(struct maker *maker, const struct judged_flow *flow)
{
    if (flow->m365.is_matched) {
        note_list(maker, flow->m365.match.list);
        maker->results.headers[flow->series_number]
            ->captures[flow->facts->capture]
            .m365_flows += flow->is_office365;
    }
    if (!flow->is_nearest)
        return;
    if (flow->site != NULL)
        site_fold_see(site_named(maker, flow->site), flow, &maker->context);
    struct assessment *assessment = maker->assessment;
    uint64_t bytes = flow->facts->bytes[FLOW_C2S] + flow->facts->bytes[FLOW_S2C];
    assessment->all.flows++;
    assessment->all.bytes += bytes;
    address_set_see(&maker->clients, &flow->facts->client.ip);
    if (!flow->is_office365 || !flow->is_of_user)
        return;
    assessment->office365.flows++;
    assessment->office365.bytes += bytes;
    address_set_see(&maker->office365_clients, &flow->facts->client.ip);
    path_fold_see(&maker->path_fold, flow, &maker->context);
}

static void judge_all(struct maker *maker)
{
    struct result_merge *merge = result_merge_new(
        maker->results.paths, maker->results.headers, maker->results.count);
    const struct flow_record *record;
    uint32_t series;
    struct judged_flow *flow = alloc_zeroed(1, sizeof *flow);
    while (!maker->output->is_stopped && result_merge_next(merge, &record, &series)) {
        judge_flow(&maker->context, series, record, flow);
        if (maker->assessment != NULL)
            fold_flow(maker, flow);
        if (maker->input->see_flow != NULL &&
            !maker->input->see_flow(maker->input->see_context, flow, &maker->context))
            maker->output->is_stopped = true;
    }
    free(flow);
    struct error error = { { 0 } };
    if (result_merge_has_failed(merge, &error)) {
        error_print(&error);
        maker->output->has_problems = true;
    }
    result_merge_free(merge);
}

static void add_skipped(struct assessment *assessment, const struct capture_entry *entry)
{
    assessment->skipped = alloc_resize(assessment->skipped, assessment->skipped_count + 1,
                                       sizeof *assessment->skipped);
    assessment->skipped[assessment->skipped_count++] =
        (struct skipped_file){ alloc_text(entry->name), alloc_text(entry->looks_like) };
}

static void add_capture(struct assessment *assessment, const struct capture_entry *entry)
{
    assessment->captures =
        alloc_resize(assessment->captures, assessment->capture_count + 1,
                     sizeof *assessment->captures);
    assessment->captures[assessment->capture_count++] = *entry;
}

static void add_unread(struct assessment *assessment, const char *name,
                       const char *sentence)
{
    struct capture_entry entry = {
        .name = alloc_text(name),
        .series = alloc_text(name),
        .status = STATUS_UNREADABLE,
        .vantage = vantage_text(VANTAGE_UNKNOWN),
        .vantage_by = "none",
        .problem_count = 1,
        .problems = alloc_zeroed(1, sizeof *entry.problems),
    };
    entry.problems[0].sentence = alloc_text(sentence);
    add_capture(assessment, &entry);
}

static int capture_order(const void *a, const void *b)
{
    const struct capture_entry *first = a, *second = b;
    int order = strcmp(first->name, second->name);
    if (order == 0)
        order = strcmp(first->series, second->series);
    if (order == 0)
        order = (first->packets > second->packets) - (first->packets < second->packets);
    if (order == 0)
        order =
            (first->first_ns > second->first_ns) - (first->first_ns < second->first_ns);
    return order != 0 || first->problem_count == 0 || second->problem_count == 0
               ? order
               : strcmp(first->problems[0].sentence, second->problems[0].sentence);
}

static int skipped_order(const void *a, const void *b)
{
    return strcmp(((const struct skipped_file *)a)->name,
                  ((const struct skipped_file *)b)->name);
}

/* The capture was read whole, but for nDPI's hints. */
static void note_missing_labels(struct capture_entry *entry, const char *reason)
{
    if (reason == NULL)
        return;
    entry->problems =
        alloc_resize(entry->problems, entry->problem_count + 1, sizeof *entry->problems);
    entry->problems[entry->problem_count++] = (struct capture_problem){
        .sentence = alloc_format("application labels are left out: %s", reason)
    };
}

/* Takes the entries out of the headers, which are not needed any more. */
static void conclude_captures(struct maker *maker)
{
    struct assessment *assessment = maker->assessment;
    for (uint32_t i = 0; i < maker->results.count; i++)
        for (uint32_t k = 0; k < maker->results.headers[i]->capture_count; k++) {
            struct capture_entry *entry = &maker->results.headers[i]->captures[k];
            const struct capture_context *place = &maker->series[i].captures[k];
            if (is_skipped(entry)) {
                add_skipped(assessment, entry);
                continue;
            }
            note_missing_labels(entry, maker->results.headers[i]->ndpi_problem);
            entry->series = alloc_text(maker->results.headers[i]->series);
            entry->capture_site = alloc_text(place->site);
            entry->vantage = vantage_text(place->vantage);
            entry->vantage_by = place->vantage_is_told ? "site-file" : "none";
            add_capture(assessment, entry);
            *entry = (struct capture_entry){ 0 };
        }
    const struct series_groups *groups = maker->input->groups;
    for (uint32_t i = 0; groups != NULL && i < groups->lost_count; i++)
        add_unread(assessment, groups->lost[i].name, groups->lost[i].sentence);
    for (uint32_t i = 0; i < maker->results.refused_count; i++)
        add_unread(assessment, maker->results.refused[i].name,
                   maker->results.refused[i].sentence);
    if (assessment->capture_count > 1)
        qsort(assessment->captures, assessment->capture_count,
              sizeof *assessment->captures, capture_order);
    if (assessment->skipped_count > 1)
        qsort(assessment->skipped, assessment->skipped_count, sizeof *assessment->skipped,
              skipped_order);
}

static int site_order(const void *a, const void *b)
{
    return strcmp(site_fold_name(*(struct site_fold *const *)a),
                  site_fold_name(*(struct site_fold *const *)b));
}

/* Sites of the file in its order, then those found, by name. */
static void conclude_sites(struct maker *maker)
{
    struct assessment *assessment = maker->assessment;
    const struct site_file *site_file = maker->input->site_file;
    uint32_t told = site_file == NULL ? 0 : (uint32_t)site_file->site_count;
    if (maker->site_count > told + 1)
        qsort(maker->sites + told, maker->site_count - told, sizeof *maker->sites,
              site_order);
    assessment->sites = alloc_zeroed(maker->site_count + 1, sizeof *assessment->sites);
    for (uint32_t i = 0; i < maker->site_count; i++)
        site_fold_conclude(maker->sites[i], &maker->context,
                           &assessment->sites[assessment->site_count++],
                           &assessment->findings);
    free(maker->sites);
    maker->sites = NULL;
    maker->site_count = 0;
}

static int list_order(const void *a, const void *b)
{
    const struct endpoint_list_facts *first =
        endpoint_list_facts(*(const struct endpoint_list *const *)a);
    const struct endpoint_list_facts *second =
        endpoint_list_facts(*(const struct endpoint_list *const *)b);
    return strcmp(first->version, second->version);
}

static void conclude_lists(struct maker *maker)
{
    struct assessment *assessment = maker->assessment;
    if (maker->list_count == 0)
        note_list(maker, endpoints_at(maker->input->knowledge->endpoints,
                                      maker->input->instance, assessment->created_ns));
    if (maker->list_count > 1)
        qsort(maker->lists, maker->list_count, sizeof *maker->lists, list_order);
    assessment->lists = alloc_zeroed(maker->list_count + 1, sizeof *assessment->lists);
    for (uint32_t i = 0; i < maker->list_count; i++) {
        const struct endpoint_list_facts *facts = endpoint_list_facts(maker->lists[i]);
        assessment->lists[assessment->list_count++] =
            (struct assessment_list){ alloc_text(endpoint_instance_text(facts->instance)),
                                      alloc_text(facts->version),
                                      alloc_text(facts->source) };
    }
}

static void conclude(struct maker *maker)
{
    struct assessment *assessment = maker->assessment;
    const struct site_file *site_file = maker->input->site_file;
    if (site_file != NULL) {
        assessment->title = alloc_text(site_file->title);
        assessment->customer = alloc_text(site_file->customer);
        assessment->prepared_by = alloc_text(site_file->prepared_by);
    }
    assessment->all.clients = maker->clients.count;
    assessment->office365.clients = maker->office365_clients.count;
    assessment->flows_matched = correlation_groups(maker->correlation);
    path_fold_conclude(&maker->path_fold, assessment);
    conclude_sites(maker);
    conclude_captures(maker);
    capture_findings_add(assessment->captures, assessment->capture_count,
                         &assessment->findings);
    findings_sort(&assessment->findings);
    assessment->created_ns = maker->input->created_ns;
    for (uint32_t i = 0; maker->input->created_ns < 0 && i < assessment->capture_count;
         i++)
        if (assessment->captures[i].has_times &&
            assessment->captures[i].last_ns > assessment->created_ns)
            assessment->created_ns = assessment->captures[i].last_ns;
    conclude_lists(maker);
}

static void add_problem(struct assessment_output *output, const char *sentence)
{
    output->problems = alloc_resize(output->problems, output->problem_count + 1,
                                    sizeof *output->problems);
    output->problems[output->problem_count++] = alloc_text(sentence);
}

/* Does anything make the exit status other than 0? */
static void note_problems(struct maker *maker)
{
    struct assessment_output *output = maker->output;
    const struct series_groups *groups = maker->input->groups;
    output->has_problems |= groups != NULL && groups->lost_count > 0;
    for (uint32_t i = 0; i < maker->results.refused_count; i++) {
        output->has_problems = true;
        add_problem(output, maker->results.refused[i].sentence);
    }
    for (uint32_t i = 0; i < maker->results.count; i++)
        for (uint32_t k = 0; k < maker->results.headers[i]->capture_count; k++) {
            const struct capture_entry *entry = &maker->results.headers[i]->captures[k];
            output->has_captures |= entry->status != STATUS_UNREADABLE;
            if (entry->status == STATUS_COMPLETE || is_skipped(entry))
                continue;
            output->has_problems = true;
            for (uint32_t p = 0; p < entry->problem_count; p++)
                add_problem(output, entry->problems[p].sentence);
        }
}

static bool is_all_skipped(const struct result_header *header)
{
    uint32_t skipped = 0;
    while (skipped < header->capture_count && is_skipped(&header->captures[skipped]))
        skipped++;
    return skipped > 0 && skipped == header->capture_count;
}

static void list_results(struct maker *maker)
{
    struct assessment_output *output = maker->output;
    output->results = alloc_zeroed(maker->results.count + 1, sizeof *output->results);
    for (uint32_t i = 0; i < maker->results.count; i++)
        output->results[output->result_count++] = (struct assessment_result){
            alloc_text(maker->results.paths[i]),
            alloc_text(maker->results.headers[i]->series),
            is_all_skipped(maker->results.headers[i]),
        };
}

static void release(struct maker *maker)
{
    for (uint32_t i = 0; i < maker->results.count; i++)
        free(maker->series[i].captures);
    free(maker->series);
    free(maker->lists);
    correlation_free(maker->correlation);
    result_set_release(&maker->results);
    address_set_release(&maker->clients);
    address_set_release(&maker->office365_clients);
    for (uint32_t i = 0; i < maker->site_count; i++) {
        struct site_summary summary;
        struct findings findings = { 0 };
        site_fold_conclude(maker->sites[i], &maker->context, &summary, &findings);
        site_summary_release(&summary);
        findings_release(&findings);
    }
    free(maker->sites);
}

void assessment_make(const struct assessment_input *input,
                     struct assessment_output *output)
{
    struct maker maker = { .input = input, .output = output };
    *output = (struct assessment_output){ 0 };
    if (!input->flows_only)
        maker.assessment = alloc_zeroed(1, sizeof *maker.assessment);
    result_set_open(&maker.results, input->result_paths, input->result_count);
    place_captures(&maker);
    correlate(&maker);
    note_problems(&maker);
    list_results(&maker);
    maker.context = (struct judgement_context){
        .knowledge = input->knowledge,
        .site_file = input->site_file,
        .instance = input->instance,
        .series = maker.series,
        .series_count = maker.results.count,
        .correlation = maker.correlation,
    };
    judge_all(&maker);
    if (maker.assessment != NULL) {
        assessment_settings_note(maker.assessment, &maker.results);
        conclude(&maker);
    }
    output->assessment = maker.assessment;
    release(&maker);
}

void assessment_output_release(struct assessment_output *output)
{
    assessment_free(output->assessment);
    for (uint32_t i = 0; i < output->problem_count; i++)
        free(output->problems[i]);
    free(output->problems);
    for (uint32_t i = 0; i < output->result_count; i++) {
        free(output->results[i].path);
        free(output->results[i].series);
    }
    free(output->results);
    *output = (struct assessment_output){ 0 };
}
