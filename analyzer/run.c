/* run.c - from options to results. */
#include "analyzer/run.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/alloc.h"
#include "analyzer/filter.h"
#include "analyzer/flow_table.h"

static bool load_endpoints(struct run *run, struct error *error)
{
    const struct options *options = run->options;
    for (uint32_t i = 0; i < options->endpoint_file_count; i++)
        if (!endpoints_load_file(run->knowledge->endpoints, options->endpoint_files[i],
                                 options->instance, error))
            return false;
    return true;
}

static bool load_keylog(struct run *run, struct error *error)
{
    const char *path = run->options->keylog_file;
    if (path == NULL)
        return true;
    run->secrets = tls_secrets_new(NULL);
    if (!tls_secrets_load(run->secrets, path, error))
        return false;
    if (tls_secrets_count(run->secrets) == 0) {
        struct error note;
        error_set(&note, "%s: no handshake secret of a server is in it; it opens nothing",
                  path);
        error_print(&note);
    }
    return true;
}

/* No credential stays longer than it is needed. */
static void forget_keylog(struct run *run)
{
    tls_secrets_free(run->secrets);
    run->secrets = NULL;
}

static bool check_filter(const struct options *options, struct error *error)
{
    if (options->filter == NULL)
        return true;
    struct filter *filter = filter_new(options->filter, error);
    filter_free(filter);
    return filter != NULL;
}

bool run_open(struct run *run, const struct options *options, struct error *error)
{
    *run = (struct run){ .options = options };
    run->knowledge = knowledge_open(error);
    if (run->knowledge == NULL)
        return false;
    if (options->site_file != NULL) {
        run->site_file = site_file_load(options->site_file, error);
        if (run->site_file == NULL)
            return false;
    }
    return knowledge_apply(run->knowledge, run->site_file, error) &&
           load_endpoints(run, error) && check_filter(options, error) &&
           load_keylog(run, error);
}

void run_close(struct run *run)
{
    forget_keylog(run);
    worker_results_release(&run->results);
    series_groups_release(&run->groups);
    knowledge_free(run->knowledge);
    site_file_free(run->site_file);
}

struct meter {
    uint64_t bytes;
    struct timespec start, last;
    bool is_shown;
};

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
    return (double)(to->tv_sec - from->tv_sec) +
           (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

/* Bytes done and in all, speed, time left: on one line that is written over. */
static void show_progress(void *context, uint64_t done, uint64_t packets)
{
    struct meter *meter = context;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double elapsed = seconds_between(&meter->start, &now);
    if (seconds_between(&meter->last, &now) < 0.25 || elapsed <= 0)
        return;
    meter->last = now;
    meter->is_shown = true;
    double speed = (double)done / elapsed;
    double left =
        done > 0 && meter->bytes > done ? (double)(meter->bytes - done) / speed : 0;
    fprintf(stderr, "\r%llu of %llu MiB, %.0f MiB/s, %.0f s left, %llu packets   ",
            (unsigned long long)(done >> 20), (unsigned long long)(meter->bytes >> 20),
            speed / (1 << 20), left, (unsigned long long)packets);
    fflush(stderr);
}

static bool wants_progress(const struct options *options)
{
    return options->progress == WHEN_ALWAYS ||
           (options->progress == WHEN_AUTO && isatty(STDERR_FILENO));
}

static void print_lost(const struct series_groups *groups)
{
    for (uint32_t i = 0; i < groups->lost_count; i++) {
        struct error error;
        error_set(&error, "%s", groups->lost[i].sentence);
        error_print(&error);
    }
}

static struct worker_settings settings_of(const struct run *run, const char *directory,
                                          bool with_hashes)
{
    const struct options *options = run->options;
    return (struct worker_settings){
        .series = { .filter = options->filter,
                    .from_ns = options->from_ns,
                    .to_ns = options->to_ns,
                    .from_text = options->from_text,
                    .to_text = options->to_text,
                    .with_hashes = with_hashes,
                    .is_kept = with_hashes,
                    .flow_limit = FLOW_TABLE_DEFAULT_LIMIT,
                    .secrets = run->secrets },
        .with_labels = options->with_labels,
        .jobs = options->jobs,
        .hang_cpu_seconds = WORKER_HANG_CPU_SECONDS,
        .address_space = WORKER_ADDRESS_SPACE,
        .directory = directory,
        .work = series_read,
    };
}

int run_read_captures(struct run *run, const char *directory, bool with_hashes)
{
    const struct options *options = run->options;
    struct error error = { { 0 } };
    if (!series_collect(options->arguments, options->argument_count, run->site_file,
                        &run->groups, &error)) {
        error_print(&error);
        return EXIT_USAGE;
    }
    print_lost(&run->groups);
    if (run->groups.count == 0) {
        error_set(&error, "%s: no file was found", options->arguments[0]);
        if (run->groups.lost_count == 0)
            error_print(&error);
        return EXIT_NOTHING;
    }
    struct worker_settings settings = settings_of(run, directory, with_hashes);
    struct meter meter = { .bytes = run->groups.bytes };
    clock_gettime(CLOCK_MONOTONIC, &meter.start);
    if (wants_progress(options)) {
        settings.progress = show_progress;
        settings.progress_context = &meter;
    }
    enum worker_outcome outcome =
        workers_run(&run->groups, &settings, &run->results, &error);
    forget_keylog(run);
    if (meter.is_shown)
        fputc('\n', stderr);
    if (error.text[0] != '\0')
        error_print(&error);
    if (outcome == WORKERS_INTERRUPTED)
        return EXIT_BY_SIGNAL + workers_interrupted_by();
    return outcome == WORKERS_OUTPUT_FAILED ? EXIT_OUTPUT : EXIT_WHOLE;
}

static void add_result(struct run *run, char *path)
{
    struct worker_results *results = &run->results;
    results->paths =
        alloc_resize(results->paths, results->count + 1, sizeof *results->paths);
    results->paths[results->count++] = path;
}

static bool is_result_name(const char *name)
{
    static const char suffix[] = ".o365.zst";
    size_t size = strlen(name);
    return name[0] != '.' && size >= sizeof suffix &&
           strcmp(name + size - (sizeof suffix - 1), suffix) == 0;
}

static void add_folder(struct run *run, const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (is_result_name(entries[i]->d_name))
            add_result(run, alloc_format("%s/%s", folder, entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
}

bool run_collect_results(struct run *run, struct error *error)
{
    const struct options *options = run->options;
    struct stat about;
    for (uint32_t i = 0; i < options->argument_count; i++) {
        const char *path = options->arguments[i];
        if (stat(path, &about) != 0) {
            error_set(error, "%s: %s", path, strerror(errno));
            return false;
        }
        uint32_t before = run->results.count;
        if (!S_ISDIR(about.st_mode)) {
            add_result(run, alloc_text(path));
            continue;
        }
        add_folder(run, path);
        char *below = alloc_format("%s/results", path);
        add_folder(run, below);
        free(below);
        if (run->results.count == before) {
            error_set(error, "%s: a folder without results", path);
            return false;
        }
    }
    return true;
}

/* The time that a reproducible build gives all its products, else that of the packets. */
static int64_t created_ns(void)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    int64_t time_ns;
    return epoch != NULL && options_read_time(epoch, &time_ns) ? time_ns : -1;
}

void run_fill_input(const struct run *run, struct assessment_input *input)
{
    *input = (struct assessment_input){
        .result_paths = run->results.paths,
        .result_count = run->results.count,
        .groups = &run->groups,
        .knowledge = run->knowledge,
        .site_file = run->site_file,
        .instance = run->options->instance,
        .created_ns = created_ns(),
    };
}

static void note(struct assessment *assessment, const char *name, char *value)
{
    assessment->settings =
        alloc_resize(assessment->settings, assessment->setting_count + 1,
                     sizeof *assessment->settings);
    assessment->settings[assessment->setting_count].name = name;
    assessment->settings[assessment->setting_count++].value = value;
}

static char *endpoint_files_of(const struct options *options)
{
    char *all = alloc_text(basename(options->endpoint_files[0]));
    for (uint32_t i = 1; i < options->endpoint_file_count; i++) {
        char *longer = alloc_format("%s; %s", all, basename(options->endpoint_files[i]));
        free(all);
        all = longer;
    }
    return all;
}

/* How the captures were read is told by the results; this is how they were judged. No
   paths: another machine's report says the same. */
void run_note_settings(const struct run *run, struct assessment *assessment)
{
    const struct options *options = run->options;
    note(assessment, "instance", alloc_text(endpoint_instance_text(options->instance)));
    if (options->site_file != NULL)
        note(assessment, "site", alloc_text(basename(options->site_file)));
    if (options->endpoint_file_count > 0)
        note(assessment, "endpoints", endpoint_files_of(options));
    const struct thresholds *thresholds = run->knowledge->thresholds;
    for (size_t i = 0; i < thresholds_count(thresholds); i++) {
        const struct threshold *threshold = thresholds_at(thresholds, i);
        if (threshold->is_changed)
            note(assessment, threshold->name,
                 alloc_format("%lld %s", (long long)threshold->value, threshold->unit));
    }
}

static void print_set(const struct endpoint_set *set, const char *pattern)
{
    printf("    set %u %s %s%s, by %s, tcp %s, udp %s\n", set->id,
           service_text(set->service), category_text(set->category),
           set->is_required ? ", required" : "", pattern,
           set->tcp.text == NULL ? "-" : set->tcp.text,
           set->udp.text == NULL ? "-" : set->udp.text);
}

static void print_match(const struct endpoint_match *match)
{
    print_set(match->best, match->pattern);
    if (match->breadth == BREADTH_GENERIC)
        puts("    (a generic pattern: it covers more than Office 365)");
    for (uint8_t i = 1; i < match->set_count; i++) {
        const struct endpoint_set *set = endpoint_list_find(match->list, match->sets[i]);
        printf("    also set %u %s %s\n", set->id, service_text(set->service),
               category_text(set->category));
    }
}

static void look_up(const struct run *run, const char *what, int64_t at_ns)
{
    static const uint8_t protocols[] = { 6, 17 };
    static const uint16_t ports[] = { 443, 3478, 25, 143, 80 };
    const struct endpoint_list *list =
        endpoints_at(run->knowledge->endpoints, run->options->instance, at_ns);
    struct endpoint_match match;
    struct ip_address address;
    bool is_found = false;
    printf("%s in list %s:\n", what,
           list == NULL ? "(none)" : endpoint_list_facts(list)->version);
    if (list != NULL && !address_read(what, &address)) {
        is_found = endpoints_match_name(list, what, 6, 443, &match);
        if (is_found)
            print_match(&match);
    }
    for (unsigned i = 0; list != NULL && address_read(what, &address) && i < 10; i++)
        if (endpoints_match_address(list, &address, protocols[i % 2], ports[i / 2],
                                    &match)) {
            printf("  %s port %u:\n", i % 2 == 0 ? "tcp" : "udp", ports[i / 2]);
            print_match(&match);
            is_found = true;
        }
    if (!is_found)
        puts("    no endpoint set");
}

static void print_info(const struct run *run)
{
    struct endpoints *endpoints = run->knowledge->endpoints;
    for (unsigned i = 0; i < INSTANCES; i++) {
        enum endpoint_instance instance = (enum endpoint_instance)i;
        size_t count = endpoints_version_count(endpoints, instance);
        if (count == 0)
            continue;
        const struct endpoint_list_facts *first = endpoints_facts(endpoints, instance, 0);
        const struct endpoint_list_facts *last =
            endpoints_facts(endpoints, instance, count - 1);
        const struct endpoint_list *list =
            endpoints_version(endpoints, instance, count - 1);
        printf("%-12s %zu lists, %s to %s; the newest has %zu sets\n             %s\n",
               endpoint_instance_text(instance), count, first->version, last->version,
               endpoint_list_count(list), last->source == NULL ? "" : last->source);
    }
}

int run_endpoints(const struct run *run)
{
    const struct options *options = run->options;
    const char *verb = options->arguments[0];
    struct error error;
    int64_t at_ns = options->has_at ? options->at_ns : INT64_MAX;
    if (strcmp(verb, "info") == 0 && options->argument_count == 1) {
        print_info(run);
    } else if (strcmp(verb, "lookup") == 0 && options->argument_count > 1) {
        for (uint32_t i = 1; i < options->argument_count; i++)
            look_up(run, options->arguments[i], at_ns);
    } else {
        error_set(&error, "endpoints: %s is neither info nor lookup ADDRESS|NAME", verb);
        error_print(&error);
        return EXIT_USAGE;
    }
    return EXIT_WHOLE;
}
