/* test_series.c - analyzer/series.c: names, groups, folders, links. */
#include "analyzer/series.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/scratch.h"
#include "tests/test.h"

enum { NOBODY = 65534, FOLDERS_MOST = 40 };

static char place[SCRATCH_SIZE];

static void make_file(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", place, name);
    int file = open(path, O_WRONLY | O_CREAT, 0644);
    if (file < 0 || write(file, name, strlen(name)) < 0)
        abort();
    close(file);
}

static void make_folder(const char *name)
{
    scratch_folder(place, name);
}

static void make_link(const char *target, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", place, name);
    if (symlink(target, path) != 0)
        abort();
}

/* An empty folder of its own, in which the test then is. */
static void begin(void)
{
    scratch_make(place, "series");
    if (chdir(place) != 0)
        abort();
}

static void end(struct series_groups *groups)
{
    series_groups_release(groups);
    if (chdir("/") != 0)
        abort();
    scratch_remove(place);
}

static struct series_groups collect(const char *first, const char *second,
                                    const struct site_file *site_file)
{
    const char *paths[] = { first, second };
    struct series_groups groups;
    struct error error = { { 0 } };
    CHECK(series_collect(paths, second == NULL ? 1 : 2, site_file, &groups, &error));
    return groups;
}

static const struct series_group *group_of(const struct series_groups *groups,
                                           const char *name)
{
    for (uint32_t i = 0; i < groups->count; i++)
        if (strcmp(groups->items[i].name, name) == 0)
            return &groups->items[i];
    return NULL;
}

/* "group: file file;" for each group and its files. */
static const char *described(const struct series_groups *groups)
{
    static char text[4096];
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < groups->count && used < sizeof text; i++) {
        const struct series_group *group = &groups->items[i];
        used += (size_t)snprintf(text + used, sizeof text - used, "%s:", group->name);
        for (uint32_t k = 0; k < group->file_count && used < sizeof text; k++)
            used += (size_t)snprintf(text + used, sizeof text - used, " %s",
                                     group->files[k].name);
        used += (size_t)snprintf(text + used, sizeof text - used, ";");
    }
    return text;
}

static void names_that_differ_in_numbers_only_are_one_group(void)
{
    begin();
    make_file("lan_00001_20260504101500.pcapng");
    make_file("lan_00002_20260504102000.pcapng.gz");
    make_file("lan-3.PCAP");
    make_file("wan.pcap");
    make_file("ring.pcap");
    make_file("ring.pcap1");
    make_file("ring.pcap12");
    make_file("2026.pcap");
    make_file("notes");
    struct series_groups groups = collect(".", NULL, NULL);
    CHECK_TEXT(described(&groups),
               "2026: 2026.pcap;"
               "lan: lan-3.PCAP lan_00001_20260504101500.pcapng "
               "lan_00002_20260504102000.pcapng.gz;"
               "notes: notes;ring: ring.pcap ring.pcap1 ring.pcap12;wan: wan.pcap;");
    const struct series_group *lan = group_of(&groups, "lan");
    CHECK_TEXT(lan->files[0].series_name, "lan-3");
    CHECK_TEXT(lan->files[2].series_name, "lan_00002_20260504102000");
    CHECK(lan->files[0].in_folder && !lan->is_named);
    CHECK(lan->bytes == strlen("lan-3.PCAPlan_00001_20260504101500.pcapng"
                               "lan_00002_20260504102000.pcapng.gz"));
    CHECK(groups.lost_count == 0);
    end(&groups);
}

static void folders_keep_their_files_apart(void)
{
    begin();
    make_folder("leeds");
    make_folder("york");
    make_folder(".hidden");
    make_file("leeds/lan-1.pcap");
    make_file("leeds/lan-2.pcap");
    make_file("york/lan-1.pcap");
    make_file(".hidden/lan-1.pcap");
    make_file(".lan-1.pcap");
    struct series_groups groups = collect(place, NULL, NULL);
    CHECK_TEXT(described(&groups), "leeds/lan: leeds/lan-1.pcap leeds/lan-2.pcap;"
                                   "york/lan: york/lan-1.pcap;");
    CHECK_TEXT(groups.items[1].files[0].series_name, "york/lan-1");
    end(&groups);
}

static void a_folder_is_left_out_of_the_names_and_a_file_has_its_base_name(void)
{
    begin();
    make_folder("leeds");
    make_file("leeds/lan-1.pcap");
    struct series_groups groups = collect("leeds", NULL, NULL);
    CHECK_TEXT(described(&groups), "lan: lan-1.pcap;");
    CHECK(groups.items[0].files[0].in_folder);
    series_groups_release(&groups);
    groups = collect("leeds/", NULL, NULL);
    CHECK_TEXT(described(&groups), "lan: lan-1.pcap;");
    series_groups_release(&groups);
    groups = collect("leeds/lan-1.pcap", NULL, NULL);
    CHECK_TEXT(described(&groups), "lan: lan-1.pcap;");
    CHECK_TEXT(groups.items[0].files[0].path, "leeds/lan-1.pcap");
    CHECK(!groups.items[0].files[0].in_folder);
    end(&groups);
}

static void of_the_same_name_the_paths_tell_them_apart(void)
{
    begin();
    make_folder("leeds");
    make_folder("york");
    make_file("leeds/lan-1.pcap");
    make_file("leeds/lan-2.pcap");
    make_file("york/lan-1.pcap");
    struct series_groups groups = collect("leeds", "./york", NULL);
    CHECK_TEXT(described(&groups), "lan: lan-2.pcap;leeds/lan: leeds/lan-1.pcap;"
                                   "york/lan: york/lan-1.pcap;");
    end(&groups);
}

static void a_file_found_twice_is_read_once(void)
{
    begin();
    make_folder("leeds");
    make_file("leeds/lan-1.pcap");
    make_link("lan-1.pcap", "leeds/lan-2.pcap");
    if (link("leeds/lan-1.pcap", "leeds/lan-3.pcap") != 0)
        abort();
    struct series_groups groups = collect("leeds", "leeds/lan-1.pcap", NULL);
    CHECK_TEXT(described(&groups), "lan: lan-1.pcap;");
    CHECK(!groups.items[0].files[0].in_folder); /* the user named it */
    end(&groups);
}

static void names_of_series_are_unique(void)
{
    begin();
    make_file("a.pcap");
    make_file("a.pcapng");
    make_file("a.pcap.gz");
    make_file("b.pcap");
    make_file("b-1.pcap");
    make_file("b-2.pcap");
    make_file("c.pcap.pcap");
    make_file("c.pcap");
    struct series_groups groups = collect(".", NULL, NULL);
    const char *names[16];
    uint32_t count = 0;
    for (uint32_t i = 0; i < groups.count; i++)
        for (uint32_t k = 0; k < groups.items[i].file_count; k++)
            names[count++] = groups.items[i].files[k].series_name;
    CHECK(count == 8);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < i; k++)
            CHECK(strcmp(names[i], names[k]) != 0);
        for (uint32_t k = 0; k < groups.count; k++)
            CHECK(groups.items[k].file_count == 1 ||
                  strcmp(names[i], groups.items[k].name) != 0);
    }
    CHECK_TEXT(group_of(&groups, "b")->files[0].series_name, "b-1");
    CHECK_TEXT(group_of(&groups, "b")->files[2].series_name, "b.pcap");
    end(&groups);
}

static void links_lead_to_files_but_never_round_in_circles(void)
{
    begin();
    make_folder("leeds");
    make_folder("store");
    make_file("store/lan-1.pcap");
    make_link("..", "leeds/up");
    make_link(".", "leeds/self");
    make_link("../store", "leeds/more");
    make_link("../store/lan-1.pcap", "leeds/lan-7.pcap");
    make_link("nowhere", "leeds/lan-8.pcap");
    make_link("lan-9.pcap", "leeds/lan-9.pcap");
    struct series_groups groups = collect("leeds", NULL, NULL);
    CHECK_TEXT(described(&groups), "lan: lan-7.pcap;");
    CHECK(groups.lost_count == 2);
    CHECK_TEXT(groups.lost[0].name, "lan-8.pcap");
    CHECK_TEXT(groups.lost[1].name, "lan-9.pcap");
    series_groups_release(&groups);
    make_link("leeds", "entry"); /* as an argument a link is what it leads to */
    groups = collect("entry", NULL, NULL);
    CHECK_TEXT(described(&groups), "lan: lan-7.pcap;");
    end(&groups);
}

static void folders_too_deep_are_said(void)
{
    begin();
    char name[256] = "d";
    make_folder(name);
    for (int i = 1; i < FOLDERS_MOST; i++) {
        memcpy(name + strlen(name), "/d", 3);
        make_folder(name);
    }
    memcpy(name + strlen(name), "/f", 3);
    make_file(name);
    struct series_groups groups = collect(".", NULL, NULL);
    CHECK(groups.count == 0 && groups.lost_count == 1);
    end(&groups);
}

static void what_does_not_exist_is_said(void)
{
    begin();
    make_file("a.pcap");
    struct series_groups groups = collect("nowhere/", "a.pcap", NULL);
    CHECK(groups.count == 1 && groups.lost_count == 1);
    CHECK_TEXT(groups.lost[0].name, "nowhere/");
    CHECK(strstr(groups.lost[0].sentence, "nowhere/: ") == groups.lost[0].sentence);
    end(&groups);
}

static bool nobody_cannot_read(void)
{
    if (geteuid() == 0 && setuid(NOBODY) != 0)
        return false;
    struct series_groups groups = collect(place, NULL, NULL);
    bool is_right = groups.count == 1 && groups.lost_count == 2 &&
                    strcmp(groups.lost[0].name, "closed") == 0 &&
                    strcmp(groups.lost[1].name, "lan-1.pcap") == 0;
    series_groups_release(&groups);
    return is_right && test_failures == 0;
}

static void what_may_not_be_read_is_said(void)
{
    begin();
    make_folder("closed");
    make_file("lan-1.pcap");
    make_file("lan-2.pcap");
    if (chmod("closed", 0) != 0 || chmod("lan-1.pcap", 0) != 0)
        abort();
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(nobody_cannot_read() ? 0 : 1);
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    (void)chmod("closed", 0700);
    struct series_groups none = { 0 };
    end(&none);
}

static void standard_input_is_alone_and_given_once(void)
{
    begin();
    make_file("stdin.pcap");
    struct series_groups groups = collect("-", "stdin.pcap", NULL);
    CHECK(groups.count == 2);
    CHECK(groups.items[0].file_count == 1 && groups.items[0].files[0].path == NULL);
    CHECK_TEXT(groups.items[0].files[0].name, "stdin");
    series_groups_release(&groups);
    const char *twice[] = { "-", "-" };
    struct error error = { { 0 } };
    CHECK(!series_collect(twice, 2, NULL, &groups, &error));
    CHECK(error.text[0] != '\0');
    end(&groups);
}

/* A pipe can be read once only: it is not looked into to find the order of a group. */
static void pipes_are_alone_when_named_and_left_out_of_folders(void)
{
    begin();
    if (mkfifo("p-1.pcap", 0600) != 0 || mkfifo("p-2.pcap", 0600) != 0)
        abort();
    make_file("p-3.pcap");
    struct series_groups groups = collect("p-1.pcap", "p-2.pcap", NULL);
    CHECK_TEXT(described(&groups), "p: p-1.pcap;p: p-2.pcap;");
    series_groups_release(&groups);
    groups = collect("p-1.pcap", "p-3.pcap", NULL);
    CHECK(groups.count == 2);
    series_groups_release(&groups);
    groups = collect(".", NULL, NULL);
    CHECK_TEXT(described(&groups), "p: p-3.pcap;");
    end(&groups);
}

static void the_assessment_file_may_name_a_series(void)
{
    static const char text[] = "{\"schema\": \"o365lens/assessment/1\", \"captures\": ["
                               "{\"match\": \"*monday*\", \"series\": \"week\"},"
                               "{\"match\": \"tuesday.pcap\", \"series\": \"week\"},"
                               "{\"match\": \"lan-*\", \"series\": \"auto\"}]}";
    begin();
    make_file("a-monday.pcap");
    make_file("tuesday.pcap");
    make_file("lan-1.pcap");
    make_file("lan-2.pcap");
    struct error error = { { 0 } };
    struct site_file *site_file = site_file_read(text, sizeof text - 1, "site", &error);
    CHECK_TEXT(error.text, "");
    struct series_groups groups = collect(".", NULL, site_file);
    CHECK_TEXT(described(&groups),
               "lan: lan-1.pcap lan-2.pcap;week: a-monday.pcap tuesday.pcap;");
    CHECK(group_of(&groups, "week")->is_named && !group_of(&groups, "lan")->is_named);
    site_file_free(site_file);
    end(&groups);
}

int main(void)
{
    RUN(names_that_differ_in_numbers_only_are_one_group);
    RUN(folders_keep_their_files_apart);
    RUN(a_folder_is_left_out_of_the_names_and_a_file_has_its_base_name);
    RUN(of_the_same_name_the_paths_tell_them_apart);
    RUN(a_file_found_twice_is_read_once);
    RUN(names_of_series_are_unique);
    RUN(links_lead_to_files_but_never_round_in_circles);
    RUN(folders_too_deep_are_said);
    RUN(what_does_not_exist_is_said);
    RUN(what_may_not_be_read_is_said);
    RUN(standard_input_is_alone_and_given_once);
    RUN(pipes_are_alone_when_named_and_left_out_of_folders);
    RUN(the_assessment_file_may_name_a_series);
    return test_end();
}
