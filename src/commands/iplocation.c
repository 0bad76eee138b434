/* iplocation.c -- where an IP address is, from a database in MaxMind's format that the user names (--geoip).
 *
 * The file is mapped once, at bind, and read by all workers. Rules: docs/reference/commands/iplocation.md */
#include "exec/bind.h"

#include <arpa/inet.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stddef.h>

enum { CITY, COUNTRY, REGION, LAT, LON, CONTINENT, METRO, ZONE, ALL };

static const char *const names[ALL] = {"City", "Country", "Region", "lat", "lon", "Continent", "MetroCode", "Timezone"};

typedef struct iplocation_op {
    spl_op base;
    spl_str prefix, lang;
    bool allfields, codes;
    spl_field ip, to[ALL];
    const char *language;
    const MMDB_s *database; /* NULL: none was named */
} iplocation_op;

static const spl_option options[] = {
    {.name = "allfields",
     .type = SPL_OPTION_BOOL,
     .offset = offsetof(iplocation_op, allfields),
     .help = "Continent, MetroCode and Timezone too"},
    {.name = "lang",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(iplocation_op, lang),
     .text = "en",
     .help = "the language of names, as the database has them; code: ISO codes instead of names"},
    {.name = "prefix",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(iplocation_op, prefix),
     .text = "",
     .help = "stands before the names of the fields made"},
    {0},
};

static void close_database(void *ptr)
{
    MMDB_close(ptr);
}

static bool open_database(spl_binder *binder, const spl_node *stage, iplocation_op *self)
{
    const char *path = binder->query->geoip;
    MMDB_s *database;
    int status;

    if (binder->query->check_only) return true;
    if (!path) {
        spl_warning(binder->diag, stage->name_span, "missing-geoip",
                    "iplocation finds nothing: no database of addresses was named");
        spl_hint(binder->diag, "Name one in MaxMind's format, such as GeoLite2-City: --geoip FILE.mmdb");
        return true;
    }
    database = SPL_NEW(binder->arena, MMDB_s);
    status = MMDB_open(path, MMDB_MODE_MMAP, database);
    if (status != MMDB_SUCCESS) {
        spl_refuse(binder, stage->name_span, "missing-geoip", "cannot read the database \"%s\": %s", path,
                   MMDB_strerror(status));
        spl_hint(binder->diag, "--geoip takes a file in MaxMind's format (.mmdb).");
        return false;
    }
    spl_arena_defer(binder->arena, close_database, database);
    self->database = database;
    return true;
}

static bool iplocation_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    iplocation_op *self = (iplocation_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_node *node = spl_args_next(&args);
    spl_str name;

    if (!node || !spl_args_name(node, &name)) return spl_lacks(binder, node, "the name of a field", "clientip");
    self->ip = spl_bind_field(binder, name);
    self->codes = spl_str_iis(self->lang, "code");
    self->language = self->codes ? "en" : spl_cstring(binder->arena, self->lang);
    spl_bind_reads(binder, self->ip);
    for (int i = 0; i < ALL; i++)
        self->to[i] = spl_bind_field(binder, spl_strf(binder->arena, "%.*s%s", SPL_FMT(self->prefix), names[i]));
    return spl_args_done(binder, &args) && open_database(binder, stage, self);
}

/* TEXT as an address that libmaxminddb takes; of a network (10.0.0.0/8) its own address. */
static bool address_of(spl_str text, struct sockaddr_storage *out)
{
    char copy[INET6_ADDRSTRLEN + 1];
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;

    text = spl_str_trim(text);
    for (size_t i = 0; i < text.len; i++) {
        int64_t bits;

        if (text.data[i] != '/') continue;
        if (!spl_num_int(spl_str_sub(text, i + 1, text.len), &bits) || bits < 0 || bits > 128) return false;
        text = spl_str_sub(text, 0, i);
    }
    if (!text.len || text.len >= sizeof copy) return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = 0;
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, copy, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        return true;
    }
    if (inet_pton(AF_INET6, copy, &six->sin6_addr) != 1) return false;
    six->sin6_family = AF_INET6;
    return true;
}

static bool look_up(iplocation_op *self, spl_str text, MMDB_entry_s *entry)
{
    struct sockaddr_storage address;
    MMDB_lookup_result_s result;
    int error = MMDB_SUCCESS;

    if (!address_of(text, &address)) return false;
    result = MMDB_lookup_sockaddr(self->database, (const struct sockaddr *)&address, &error);
    if (error != MMDB_SUCCESS) {
        if (error != MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR)
            spl_op_warn(&self->base, "geoip-damaged", "the database of addresses is damaged: %s", MMDB_strerror(error));
        return false;
    }
    *entry = result.entry;
    return result.found_entry;
}

static spl_value value_at(MMDB_entry_s *entry, spl_arena *arena, const char *const *path)
{
    MMDB_entry_data_s data = {0};

    if (MMDB_aget_value(entry, &data, path) != MMDB_SUCCESS || !data.has_data) return SPL_NULL;
    switch (data.type) {
    case MMDB_DATA_TYPE_UTF8_STRING:
        return spl_text(spl_str_copy(arena, spl_str_cut(data.utf8_string, data.data_size)));
    case MMDB_DATA_TYPE_DOUBLE: return spl_number(data.double_value);
    case MMDB_DATA_TYPE_FLOAT: return spl_number((double)data.float_value);
    case MMDB_DATA_TYPE_UINT16: return spl_number(data.uint16);
    case MMDB_DATA_TYPE_UINT32: return spl_number(data.uint32);
    default: return SPL_NULL;
    }
}

static spl_value plain(MMDB_entry_s *entry, spl_arena *arena, const char *a, const char *b, const char *c)
{
    const char *path[] = {a, b, c, NULL};
    return value_at(entry, arena, path);
}

/* A name in the language asked for, else in English; CODE, if there is one, where codes are asked for. */
static spl_value named(const iplocation_op *self, MMDB_entry_s *entry, spl_arena *arena, const char *a, const char *b,
                       const char *code)
{
    const char *path[5] = {a};
    int n = 1;
    spl_value value;

    if (b) path[n++] = b;
    if (self->codes && code) {
        path[n] = code;
        return value_at(entry, arena, path);
    }
    path[n++] = "names";
    path[n] = self->language;
    value = value_at(entry, arena, path);
    if (!spl_is_null(value)) return value;
    path[n] = "en";
    return value_at(entry, arena, path);
}

static void put(spl_batch *batch, uint32_t row, spl_field field, spl_value value)
{
    if (!spl_is_null(value) || spl_batch_column(batch, field)) spl_batch_set(batch, row, field, value);
}

static spl_status iplocation_map(spl_op *op, spl_batch **batch)
{
    iplocation_op *self = (iplocation_op *)op;
    spl_batch *b = *batch;
    spl_arena *arena = b->arena;

    for (uint32_t i = 0; i < spl_batch_rows(b); i++) {
        uint32_t row = spl_batch_row(b, i);
        spl_value ip = spl_batch_get(b, row, self->ip);
        MMDB_entry_s entry;
        bool found = false;

        for (uint32_t v = 0; self->database && v < spl_value_count(ip) && !found; v++) {
            spl_value one = spl_value_at(ip, v);
            found = one.kind == SPL_KIND_TEXT && look_up(self, spl_value_str(one), &entry);
        }
        if (!found) continue;
        put(b, row, self->to[CITY], named(self, &entry, arena, "city", NULL, NULL));
        put(b, row, self->to[COUNTRY], named(self, &entry, arena, "country", NULL, "iso_code"));
        put(b, row, self->to[REGION], named(self, &entry, arena, "subdivisions", "0", "iso_code"));
        put(b, row, self->to[LAT], plain(&entry, arena, "location", "latitude", NULL));
        put(b, row, self->to[LON], plain(&entry, arena, "location", "longitude", NULL));
        if (!self->allfields) continue;
        put(b, row, self->to[CONTINENT], named(self, &entry, arena, "continent", NULL, "code"));
        put(b, row, self->to[METRO], plain(&entry, arena, "location", "metro_code", NULL));
        put(b, row, self->to[ZONE], plain(&entry, arena, "location", "time_zone", NULL));
    }
    return SPL_OK;
}

SPL_COMMAND(iplocation, .summary = "Adds city, country, region and coordinates of an IP address.",
            .syntax = "iplocation [prefix=<text>] [allfields=<bool>] [lang=<text>] <field>",
            .example = "| makeresults | eval ip=\"192.0.2.1\" | iplocation ip | table ip City Country",
            .differs = "The database is one that the user names with --geoip; none ships with the program.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .options = options, .op_size = sizeof(iplocation_op),
            .bind = iplocation_bind, .map = iplocation_map);
