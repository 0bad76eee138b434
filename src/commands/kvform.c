/* kvform.c -- fields by form templates, the .form files of the apps.
 *
 * A form is the static text of an event with references [[part:field]] to regular expressions of transforms.conf. It
 * becomes one regular expression, which is looked for in _raw. Rules: docs/reference/commands/kvform.md */
#include "exec/found.h"
#include "knowledge/extraction.h"
#include "knowledge/knowledge.h"
#include "knowledge/state.h"

#include <dirent.h>
#include <stddef.h>

typedef struct kvform_op {
    spl_op base;
    spl_str form;
    spl_field by;
    bool form_given;
    const spl_regex *only; /* of form= */
    spl_map forms;         /* of field=: name -> spl_regex */
    spl_found *found;
} kvform_op;

static const spl_option options[] = {
    {.name = "form",
     .type = SPL_OPTION_TEXT,
     .offset = offsetof(kvform_op, form),
     .given = offsetof(kvform_op, form_given),
     .text = "",
     .help = "the form: NAME.form in the folder forms of an app"},
    {.name = "field",
     .type = SPL_OPTION_FIELD,
     .offset = offsetof(kvform_op, by),
     .help = "the field whose values name the forms (default: sourcetype)"},
    {0},
};

/* --- forms ---------------------------------------------------------------------------------------------------------
 */

/* [[part]] or [[part:field]] at AT of TEXT; false: it is static text. */
static bool reference_at(spl_str text, size_t at, size_t *end, spl_str *part, spl_str *field)
{
    ptrdiff_t close = spl_str_starts(spl_str_sub(text, at, text.len), SPL_S("[["))
                          ? spl_str_find(spl_str_sub(text, 0, at + 256), SPL_S("]]"), at + 2)
                          : -1;
    ptrdiff_t colon;

    if (close < 0) return false;
    *end = (size_t)close + 2;
    *part = spl_str_sub(text, at + 2, (size_t)close);
    colon = spl_str_find(*part, SPL_S(":"), 0);
    *field = colon < 0 ? (spl_str){"", 0} : spl_str_trim(spl_str_sub(*part, (size_t)colon + 1, part->len));
    *part = spl_str_trim(colon < 0 ? *part : spl_str_sub(*part, 0, (size_t)colon));
    return true;
}

static bool line_ends(spl_str text, size_t at)
{
    while (at < text.len && (text.data[at] == ' ' || text.data[at] == '\t')) at++;
    return at == text.len || text.data[at] == '\n' || text.data[at] == '\r';
}

/* The form TEXT as a regular expression with references; false: *ERROR. */
static bool pattern_of(spl_arena *arena, const spl_conf *transforms, spl_str text, spl_buf *out, spl_str *error)
{
    for (size_t i = 0, end; i < text.len; i = end) {
        spl_str part, field;

        end = i + 1;
        if (reference_at(text, i, &end, &part, &field)) {
            if (spl_conf_value(spl_conf_stanza_find(transforms, part), "REGEX").len) {
                spl_buf_add(out, spl_str_sub(text, i, end));
            } else if (spl_str_is(part, "string")) { /* the manual's own example has it */
                spl_buf_puts(out, field.len ? "(?<" : "(?:");
                spl_buf_add(out, field);
                spl_buf_puts(out, field.len ? ">[^\\r\\n]+" : "[^\\r\\n]+");
                spl_buf_puts(out, line_ends(text, end) ? ")" : "?)");
            } else {
                *error = spl_strf(arena, "it names [[%.*s]], and transforms.conf has no such stanza with a REGEX",
                                  SPL_FMT(part));
                return false;
            }
        } else if (spl_is_space(text.data[i])) {
            while (end < text.len && spl_is_space(text.data[end])) end++;
            spl_buf_puts(out, "\\s+");
        } else if (spl_is_word(text.data[i]) || (unsigned char)text.data[i] >= 0x80) {
            spl_buf_char(out, text.data[i]);
        } else {
            spl_buf_printf(out, "\\x{%02x}", (unsigned char)text.data[i]);
        }
    }
    return true;
}

/* NULL: *ERROR. */
static const spl_regex *form_of(spl_arena *arena, const spl_conf *transforms, const spl_source *file, spl_str *error)
{
    spl_conf_stanza stanza = {0};
    spl_buf pattern = spl_buf_in(arena);
    spl_conf_entry entry = {.key = SPL_S("REGEX")};
    const char *why = NULL;
    size_t at;
    spl_str text = spl_str_trim(file->text);

    if (!text.len) return *error = SPL_S("it is empty"), NULL;
    if (!pattern_of(arena, transforms, text, &pattern, error)) return NULL;
    entry.value = spl_buf_str(&pattern);
    SPL_PUSH(arena, &stanza.entries, entry);
    text = spl_transform_regex(arena, transforms, &stanza, &why);
    if (why) return *error = SPL_S("its parts name themselves, or it becomes too long"), NULL;
    return spl_regex_compile(arena, text, 0, error, &at);
}

static const spl_source *form_file(spl_binder *binder, spl_str name)
{
    const char *const *apps;
    size_t n = spl_knowledge_apps(binder->query->knowledge, &apps);

    while (n-- > 0) { /* the last app wins */
        spl_str path = spl_strf(binder->arena, "%s/forms/%.*s", apps[n], SPL_FMT(name));
        const spl_source *file = spl_conf_file(binder->arena, binder->diag, spl_cstring(binder->arena, path));

        if (file) return file;
    }
    return NULL;
}

static void close_folder(void *folder)
{
    closedir(folder);
}

/* The names of all forms, NAME.form, as keys. */
static spl_map form_names(spl_binder *binder)
{
    spl_map names = spl_map_in(binder->arena);
    const char *const *apps;
    size_t n = spl_knowledge_apps(binder->query->knowledge, &apps);

    for (size_t i = 0; i < n; i++) {
        spl_arena *own = spl_arena_new(spl_arena_account(binder->arena));
        DIR *folder = opendir(spl_cstring(own, spl_strf(own, "%s/forms", apps[i])));
        struct dirent *entry;

        if (folder) spl_arena_defer(own, close_folder, folder);
        while (folder && (entry = readdir(folder)) != NULL)
            if (entry->d_name[0] != '.' && spl_str_ends(spl_str_of(entry->d_name), SPL_S(".form")))
                spl_map_set(&names, spl_str_of(entry->d_name), NULL);
        spl_arena_free(own);
    }
    return names;
}

static bool no_form(spl_binder *binder, spl_span span, spl_str name)
{
    spl_report(binder->diag, binder->query->check_only ? SPL_WARNING : SPL_ERROR, span, "missing-form",
               "no app has %s%.*s%s", name.len ? "the form \"" : "a form", SPL_FMT(name), name.len ? "\"" : "");
    spl_hint(binder->diag, "Forms are files forms/NAME.form of an app (--app DIR). rex extracts with a regular "
                           "expression, extract with delimiters.");
    return binder->query->check_only;
}

static bool take_form(spl_binder *binder, kvform_op *self, spl_span span)
{
    spl_str name = self->form, error = {"", 0};
    const char *wrong;
    const spl_source *file;

    if (!spl_str_ends(name, SPL_S(".form"))) name = spl_strf(binder->arena, "%.*s.form", SPL_FMT(name));
    wrong = self->form.len ? spl_state_name(name) : "must not be empty";
    if (wrong) return spl_bad_argument(binder, span, "the name of a form %s", wrong);
    file = form_file(binder, name);
    if (!file) return no_form(binder, span, name);
    self->only = form_of(binder->arena, spl_knowledge_conf(binder->query->knowledge, "transforms"), file, &error);
    if (!self->only)
        return spl_refuse(binder, span, "bad-argument", "the form \"%.*s\" cannot be used: %.*s", SPL_FMT(name),
                          SPL_FMT(error));
    return true;
}

static bool take_forms(spl_binder *binder, kvform_op *self, spl_span span)
{
    spl_map names = form_names(binder);
    const spl_conf *transforms = spl_knowledge_conf(binder->query->knowledge, "transforms");

    self->forms = spl_map_in(binder->arena);
    if (!names.len) return no_form(binder, span, (spl_str){"", 0});
    for (size_t i = 0; i < names.len; i++) {
        spl_str name = names.entries[i].key, error = {"", 0};
        const spl_source *file = form_file(binder, name);
        const spl_regex *regex = file ? form_of(binder->arena, transforms, file, &error) : NULL;

        if (regex)
            spl_map_set(&self->forms, spl_str_sub(name, 0, name.len - 5), (void *)(uintptr_t)regex);
        else if (file)
            spl_warning(binder->diag, ((spl_span){file, 0, 0}), "conf", "this form cannot be used: %.*s",
                        SPL_FMT(error));
    }
    return true;
}

static bool kvform_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    kvform_op *self = (kvform_op *)op;
    spl_args args = spl_args_of(stage);
    spl_span span = stage->name_span;

    if (!spl_args_done(binder, &args)) return false;
    for (uint32_t i = 0; i < stage->n_kids; i++)
        if (stage->kids[i]->kind == SPL_NODE_OPTION) span = stage->kids[i]->span;
    if (self->form_given && self->by != SPL_NO_FIELD)
        return spl_bad_argument(binder, span, "kvform takes form= or field=, not both");
    spl_bind_reads(binder, SPL_F_RAW);
    if (self->form_given) return take_form(binder, self, span);
    if (self->by == SPL_NO_FIELD) self->by = SPL_F_SOURCETYPE;
    spl_bind_reads(binder, self->by);
    return take_forms(binder, self, span);
}

/* --- running ---------------------------------------------------------------------------------------------------------
 */

static void kvform_open(spl_op *op)
{
    ((kvform_op *)op)->found = spl_found_new(op);
}

static void extract(kvform_op *self, spl_arena *arena, const spl_regex *regex, spl_str raw)
{
    spl_match *match = self->base.worker->match;
    spl_str text;

    if (!spl_regex_search(match, regex, raw, 0)) return;
    for (unsigned i = 1; i <= spl_regex_groups(regex); i++)
        if (spl_regex_group_name(regex, i).len && spl_match_group(match, i, &text))
            spl_found_add(self->found, arena, spl_regex_group_name(regex, i), spl_text(spl_str_trim(text)), false);
}

static spl_status kvform_map(spl_op *op, spl_batch **in)
{
    kvform_op *self = (kvform_op *)op;
    spl_batch *batch = *in;

    for (uint32_t i = 0; i < spl_batch_rows(batch); i++) {
        uint32_t row = spl_batch_row(batch, i);
        spl_value raw = spl_batch_get(batch, row, SPL_F_RAW), names;
        spl_str text;

        if (spl_is_null(raw)) continue;
        text = spl_value_text(batch->arena, raw);
        if (self->only) {
            extract(self, batch->arena, self->only, text);
        } else {
            names = spl_batch_get(batch, row, self->by);
            for (uint32_t k = 0; k < spl_value_count(names); k++) {
                spl_map_entry *entry = spl_map_find(&self->forms, spl_value_text(batch->arena, spl_value_at(names, k)));

                if (entry) extract(self, batch->arena, entry->value, text);
            }
        }
        spl_found_put(self->found, batch, row, false);
    }
    return SPL_OK;
}

SPL_COMMAND(kvform, .summary = "Extracts fields by form templates of the apps.",
            .syntax = "kvform [form=<name>] [field=<field>]", .example = NULL, /* it takes an app */
            .differs =
                "How a form's blanks and [[string]] are read is this program's choice; the manual has an example "
                "only.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_STREAMS, .options = options, .op_size = sizeof(kvform_op),
            .bind = kvform_bind, .open = kvform_open, .map = kvform_map);
