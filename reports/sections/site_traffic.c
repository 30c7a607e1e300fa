/* site_traffic.c - how much of a site's traffic is Office 365, by service and category.
 */
#include "reports/section.h"

#include "reports/figure.h"
#include "reports/table.h"
#include "reports/values.h"

static void write_json(struct json_out *out, const struct view *view,
                       const struct site_summary *site)
{
    (void)view;
    values_share(out, "all", &site->all);
    values_share(out, "office365", &site->office365);
    json_key(out, "services");
    json_open_array(out);
    for (int service = 0; service < SERVICES; service++) {
        for (int category = 0; category < CATEGORIES; category++) {
            const struct share *share = &site->by_service[service][category];
            if (share->flows == 0)
                continue;
            json_open_object(out);
            values_text(out, "service", service_text((enum service)service));
            values_text(out, "category", category_text((enum category)category));
            values_count(out, "flows", share->flows);
            values_count(out, "bytes", share->bytes);
            values_count(out, "clients", share->clients);
            json_close_object(out);
        }
    }
    json_close_array(out);
    values_share(out, "default", &site->default_category);
    values_share(out, "generic", &site->generic);
}

static void show_row(struct html_out *out, const char *name, const char *category,
                     const struct share *share, const struct share *all)
{
    if (share->flows == 0)
        return;
    table_row_open(out);
    table_head(out, name);
    table_text(out, category);
    table_number(out, figure_count(share->flows).text);
    table_number(out, figure_percent(share->flows, all->flows).text);
    table_number(out, figure_bytes(share->bytes).text);
    table_number(out, figure_percent(share->bytes, all->bytes).text);
    table_number(out, figure_count(share->clients).text);
    table_row_close(out);
}

static void show_services(struct html_out *out, const struct site_summary *site)
{
    for (int service = 0; service < SERVICES; service++) {
        for (int category = 0; category < CATEGORIES; category++)
            show_row(out, service_title((enum service)service),
                     category_text((enum category)category),
                     &site->by_service[service][category], &site->all);
    }
}

static void write_html(struct html_out *out, const struct view *view,
                       const struct site_summary *site)
{
    static const char *const columns[] = {
        "Service", "Category",      "#Flows",   "#of all flows",
        "#Bytes",  "#of all bytes", "#Clients", NULL,
    };
    (void)view;
    html_element(out, "h4", "Traffic by service and category");
    table_open(out, "Flows, bytes and clients of this site", columns);
    show_services(out, site);
    show_row(out, "Office 365 together", "Optimize, Allow", &site->office365, &site->all);
    show_row(out, "Default, together", "Default", &site->default_category, &site->all);
    show_row(out, "Broad patterns only", NULL, &site->generic, &site->all);
    show_row(out, "All traffic", NULL, &site->all, &site->all);
    table_close(out);
}

const struct site_part site_traffic_part = {
    .write_json = write_json,
    .write_html = write_html,
};
