/* scrub.c -- replaces the words that are not known to be public by others of the same length and kind, the same word by
 * the same other one. Rules: docs/reference/commands/scrub.md
 *
 * What a word becomes depends on which words came before it, not on the word: who knows this program and a name cannot
 * tell whether the name was there. */
#include "base/map.h"
#include "base/regex.h"
#include "base/utf8.h"
#include "exec/bind.h"
#include "knowledge/knowledge.h"
#include "knowledge/limits.h"
#include "knowledge/lookup_files.h"
#include "knowledge/state.h"
#include "lang/text.h"

#include <glib.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>

enum { NAMES = 32 }; /* longer names are not kept by length */

typedef struct names {
    SPL_VEC(spl_str) of[NAMES]; /* by length */
} names;

typedef struct scrubbed_field {
    spl_field field;
    spl_str name;
    bool scrubbed;
    SPL_VEC(uint64_t *) words; /* of its name, as scrub_op.named has them */
} scrubbed_field;

typedef struct scrub_op {
    spl_op base;
    spl_str public_terms, private_terms, name_terms, dictionary, timeconfig, app;
    spl_map public_words, private_words; /* in small letters */
    names names;
    SPL_VEC(const spl_regex *) times;
    uint64_t most; /* results; 0 for all */
    /* running */
    spl_map replaced, given; /* word -> what it becomes, and what was given */
    spl_map named;           /* words of field names -> uint64_t, the number of the last row that has the field */
    size_t used[NAMES];      /* names given */
    uint64_t random, rows;
    uint64_t signature;               /* of the columns that FIELDS is of */
    SPL_VEC(scrubbed_field *) known;  /* by field number */
    SPL_VEC(scrubbed_field *) fields; /* the columns */
} scrub_op;

#define FILE_OPTION(oname, member, file, what)                                                                         \
    {                                                                                                                  \
        .name = oname, .type = SPL_OPTION_TEXT, .offset = offsetof(scrub_op, member), .text = file, .help = what       \
    }

static const spl_option options[] = {
    FILE_OPTION("public-terms", public_terms, "public-terms.txt", "the file of words that stay"),
    FILE_OPTION("private-terms", private_terms, "private-terms.txt", "the file of words that go, public or not"),
    FILE_OPTION("name-terms", name_terms, "names.txt", "the file of names that are put in"),
    FILE_OPTION("dictionary", dictionary, "dictionary.txt", "the file of common words, which stay too"),
    FILE_OPTION("timeconfig", timeconfig, "anonymizer-time.ini", "the file of patterns of times, which stay"),
    FILE_OPTION("namespace", app, "", "the app whose folder anonymizer has these files"),
    {0},
};

/* ---- words ---- */

static bool wordly(uint32_t code)
{
    return code < 0x80 ? spl_is_alpha((char)code) || spl_is_digit((char)code)
                       : code != 0xfffd && g_unichar_isalnum(code);
}

/* The next run of letters and digits from *AT on; false at the end. */
static bool next_word(spl_str text, size_t *at, spl_str *word)
{
    size_t begin = *at, here = begin;

    while (here < text.len) {
        size_t before = here;

        if (wordly(spl_utf8_next(text, &here))) continue;
        if (before > begin) return *at = before, *word = spl_str_sub(text, begin, before), true;
        begin = here;
    }
    *at = here;
    *word = spl_str_sub(text, begin, here);
    return here > begin;
}

/* ---- files ---- */

/* The last part of an app's folder. */
static spl_str app_name(const char *folder)
{
    spl_str name = spl_str_of(folder);

    while (name.len && name.data[name.len - 1] == '/') name.len--;
    for (size_t i = name.len; i-- > 0;)
        if (name.data[i] == '/') return spl_str_sub(name, i + 1, name.len);
    return name;
}

static spl_span span_of(const spl_node *stage, const char *option)
{
    for (uint32_t i = 0; i < stage->n_kids; i++)
        if (stage->kids[i]->kind == SPL_NODE_OPTION && spl_str_iis(stage->kids[i]->text, option) &&
            stage->kids[i]->n_kids)
            return stage->kids[i]->kids[0]->span;
    return stage->span;
}

/* The text of anonymizer/NAME: of the app, if one is named, else or where it has none of the last one that has it. */
static const spl_source *file_of(spl_binder *binder, const scrub_op *self, spl_str name)
{
    const char *const *apps;
    size_t n = spl_knowledge_apps(binder->query->knowledge, &apps),
           ours = spl_knowledge_builtin_apps(binder->query->knowledge);
    spl_str path, text;

    for (int named = self->app.len > 0; named >= 0; named--) {
        for (size_t i = self->app.len && !named ? ours : n; i-- > 0;) {
            if (named && !spl_str_eq(app_name(apps[i]), self->app)) continue;
            if (spl_app_file_read(binder->arena, apps[i], "anonymizer", name, &path, &text))
                return spl_source_new(binder->arena, path, text);
        }
    }
    return NULL;
}

static bool read_file(spl_binder *binder, const scrub_op *self, const spl_node *stage, const spl_option *option,
                      const spl_source **file)
{
    spl_str name = *(const spl_str *)(const void *)((const char *)self + option->offset);
    spl_span span = span_of(stage, option->name);
    const char *wrong = spl_state_name(name);

    if (wrong) return spl_bad_argument(binder, span, "%s %s", option->name, wrong);
    *file = file_of(binder, self, name);
    if (*file || !binder->query->knowledge) return true;
    spl_report(binder->diag, binder->query->check_only ? SPL_WARNING : SPL_ERROR, span, "missing-terms",
               "no app has the file anonymizer/%.*s", SPL_FMT(name));
    spl_hint(binder->diag, "%s names %s: anonymizer/NAME of an app (--app DIR). namespace=APP says of which.",
             option->name, option->help);
    return binder->query->check_only;
}

static bool known_app(spl_binder *binder, const scrub_op *self, const spl_node *stage)
{
    spl_span span = span_of(stage, "namespace");
    const char *const *apps, *wrong = self->app.len ? spl_state_name(self->app) : NULL;
    size_t n = spl_knowledge_apps(binder->query->knowledge, &apps);
    spl_buf list = spl_buf_in(binder->arena);

    if (wrong) return spl_bad_argument(binder, span, "namespace %s", wrong);
    if (!self->app.len || binder->query->check_only) return true;
    for (size_t i = 0; i < n; i++) {
        if (spl_str_eq(app_name(apps[i]), self->app)) return true;
        if (i) spl_buf_puts(&list, ", ");
        spl_buf_add(&list, app_name(apps[i]));
    }
    spl_bad_argument(binder, span, "there is no app \"%.*s\"", SPL_FMT(self->app));
    spl_hint(binder->diag, "The apps are %.*s. --app DIR adds one.", SPL_FMT(spl_buf_str(&list)));
    return false;
}

/* The next line of FILE that says something; false at the end. */
static bool next_line(spl_str text, size_t *at, spl_str *line)
{
    while (*at < text.len) {
        const char *newline = memchr(text.data + *at, '\n', text.len - *at);
        size_t end = newline ? (size_t)(newline - text.data) : text.len;

        *line = spl_str_trim(spl_str_sub(text, *at, end));
        *at = end + 1;
        if (line->len && line->data[0] != '#') return true;
    }
    return false;
}

static void take_words(spl_arena *arena, const spl_source *file, spl_map *into)
{
    size_t at = 0;
    spl_str line, word;

    while (file && next_line(file->text, &at, &line))
        for (size_t in = 0; next_word(line, &in, &word);) spl_map_put(into, spl_utf8_lower(arena, word), NULL);
}

static void take_names(spl_arena *arena, const spl_source *file, names *into)
{
    size_t at = 0;
    spl_str line, word;

    while (file && next_line(file->text, &at, &line)) {
        for (size_t in = 0; next_word(line, &in, &word);) {
            bool letters = word.len < NAMES;

            for (size_t i = 0; letters && i < word.len; i++) letters = spl_is_alpha(word.data[i]);
            if (letters) SPL_PUSH(arena, &into->of[word.len], spl_utf8_lower(arena, word));
        }
    }
}

static bool take_times(spl_binder *binder, const spl_source *file, scrub_op *self)
{
    size_t at = 0, where;
    spl_str line, error;
    bool good = true;

    while (file && next_line(file->text, &at, &line)) {
        const spl_regex *regex = spl_regex_compile(binder->arena, line, SPL_REGEX_FOLD, &error, &where);
        uint32_t begin = (uint32_t)(line.data - file->text.data);

        if (regex)
            SPL_PUSH(binder->arena, &self->times, regex);
        else
            good = spl_refuse(binder, (spl_span){file, begin, begin + (uint32_t)line.len}, "bad-regex",
                              "a line of a timeconfig file is a regular expression: %.*s", SPL_FMT(error));
    }
    return good;
}

static bool scrub_bind(spl_binder *binder, const spl_node *stage, spl_op *op)
{
    scrub_op *self = (scrub_op *)op;
    spl_args args = spl_args_of(stage);
    const spl_source *files[5] = {NULL};
    bool good = spl_args_done(binder, &args);

    spl_bind_reads_all(binder);
    spl_bind_reads(binder, SPL_F_RAW);
    self->public_words = self->private_words = spl_map_in(binder->arena);
    self->most = spl_server_limit(binder->query, "searchresults", "maxresultrows", 50000);
    if (!binder->query->knowledge) return good;
    if (!known_app(binder, self, stage)) return false;
    for (int i = 0; i < 5; i++) good &= read_file(binder, self, stage, &options[i], &files[i]);
    take_words(binder->arena, files[0], &self->public_words);
    take_words(binder->arena, files[1], &self->private_words);
    take_names(binder->arena, files[2], &self->names);
    take_words(binder->arena, files[3], &self->public_words);
    return take_times(binder, files[4], self) && good;
}

static void scrub_open(spl_op *op)
{
    scrub_op *self = (scrub_op *)op;

    self->replaced = self->given = self->named = spl_map_in(op->state);
}

/* ---- replacements ---- */

static uint64_t next_random(scrub_op *self) /* splitmix64 */
{
    uint64_t z = self->random += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* The numbers of up to three digits that one may become: of as many, a leading zero stays, and a byte of an address. */
static unsigned small_numbers(spl_str word, unsigned *from)
{
    bool zero = word.data[0] == '0';
    unsigned value = 0;

    for (size_t i = 0; i < word.len; i++) value = value * 10 + (unsigned)(word.data[i] - '0');
    if (word.len == 1) return *from = 0, 10;
    if (word.len == 2) return *from = zero ? 0 : 10, zero ? 10 : 90;
    if (zero) return *from = 0, 100;
    return *from = value < 256 ? 100 : 256, value < 256 ? 156 : 744;
}

static void put_number(unsigned value, size_t digits, char *out)
{
    for (size_t i = digits; i-- > 0; value /= 10) out[i] = (char)('0' + value % 10);
}

static void random_number(scrub_op *self, spl_str word, char *out)
{
    unsigned from, count;

    if (word.len <= 3) {
        count = small_numbers(word, &from);
        put_number(from + (unsigned)(next_random(self) % count), word.len, out);
        return;
    }
    for (size_t i = 0; i < word.len; i++) out[i] = (char)('0' + next_random(self) % 10);
    if (word.data[0] == '0' || out[0] == '0') out[0] = word.data[0] == '0' ? '0' : '1';
}

enum { DIGITS, HEX, LETTERS };

/* A number; a hexadecimal one: with 0x, or of such digits alone, if there is a decimal one or there are four; a word.
 */
static int kind_of(spl_str word)
{
    size_t from = word.len > 2 && word.data[0] == '0' && word.data[1] == 'x' ? 2 : 0, decimal = 0, hex = 0;

    for (size_t i = from; i < word.len; i++) {
        decimal += spl_is_digit(word.data[i]);
        hex += spl_is_digit(word.data[i]) || (word.data[i] >= 'a' && word.data[i] <= 'f');
    }
    if (!from && decimal == word.len) return DIGITS;
    return hex == word.len - from && (from || decimal || hex >= 4) ? HEX : LETTERS;
}

/* Letters for letters, digits for digits, of a hexadecimal number its digits for its digits. */
static size_t random_word(scrub_op *self, spl_str word, char *out)
{
    int kind = kind_of(word);
    size_t n = 0;

    if (kind == DIGITS) return random_number(self, word, out), word.len;
    for (size_t at = 0; at < word.len; n++) {
        uint32_t code = spl_utf8_next(word, &at);
        unsigned r = (unsigned)(next_random(self) >> 33);

        if (kind == HEX && n < 2 && (code == 'x' || (n == 0 && code == '0' && word.len > 2 && word.data[1] == 'x')))
            out[n] = (char)code;
        else if (code < 0x80 ? spl_is_digit((char)code) : g_unichar_isdigit(code))
            out[n] = (char)('0' + r % 10);
        else
            out[n] = (char)('a' + r % (kind == HEX ? 6 : 26));
    }
    return n;
}

/* A name of the list that was not given yet. */
static bool name_for(scrub_op *self, spl_str word, spl_str *out)
{
    if (word.len < 3 || word.len >= NAMES) return false;
    for (size_t i = 0; i < word.len; i++)
        if (!spl_is_alpha(word.data[i])) return false;
    for (size_t *used = &self->used[word.len]; *used < self->names.of[word.len].len;) {
        spl_str name = self->names.of[word.len].data[(*used)++];

        if (spl_str_eq(name, word) || spl_map_find(&self->private_words, name) || spl_map_find(&self->given, name))
            continue;
        *out = name;
        return true;
    }
    return false;
}

/* A number of up to three digits that was not given yet: there are few of them, and chance does not meet the last. */
static bool number_left(const scrub_op *self, spl_str word, char *out)
{
    unsigned from, count;

    if (word.len > 3 || kind_of(word) != DIGITS) return false;
    count = small_numbers(word, &from);
    for (unsigned i = 0; i < count; i++) {
        spl_str made = spl_str_cut(out, word.len);

        put_number(from + i, word.len, out);
        if (!spl_str_eq(made, word) && !spl_map_find(&self->given, made) && !spl_map_find(&self->private_words, made))
            return true;
    }
    return false;
}

/* What WORD, in small letters, becomes: as many characters, in small letters. Never the word itself, nor a private or
 * public one; what was given to another word only where nothing else is found. */
static spl_str replacement(scrub_op *self, spl_str word)
{
    enum { ALONE = 100, NOT_PRIVATE = 200, OTHER = 300 };
    spl_str made, *kept = spl_map_get(&self->replaced, word);

    if (kept) return *kept;
    if (!name_for(self, word, &made)) {
        char *out = spl_alloc(self->base.state, word.len + 1);

        for (int i = 0; i < OTHER; i++) {
            made = spl_str_cut(out, random_word(self, word, out));
            if (spl_str_eq(made, word)) continue;
            if (i == ALONE && number_left(self, word, out)) break;
            if (i < NOT_PRIVATE && spl_map_find(&self->private_words, made)) continue;
            if (i >= ALONE || (!spl_map_find(&self->given, made) && !spl_map_find(&self->public_words, made))) break;
        }
    }
    spl_map_put(&self->given, made, NULL);
    kept = SPL_NEW(self->base.state, spl_str);
    *kept = made;
    spl_map_set(&self->replaced, word, kept);
    return made;
}

/* MADE with the capitals of WORD. */
static void put_cased(spl_buf *out, spl_str word, spl_str made)
{
    size_t at = 0;

    for (size_t i = 0; i < made.len && at < word.len; i++) {
        uint32_t code = spl_utf8_next(word, &at);
        bool capital = code < 0x80 ? code >= 'A' && code <= 'Z' : g_unichar_isupper(code);

        spl_buf_char(out, capital ? spl_ascii_upper(made.data[i]) : made.data[i]);
    }
}

/* ---- results ---- */

/* A mark for each byte of TEXT that belongs to a time, or NULL. */
static uint8_t *times_in(const scrub_op *self, spl_arena *arena, spl_str text)
{
    uint8_t *marks = NULL;

    for (size_t i = 0; i < self->times.len; i++) {
        size_t at = 0;

        while (at <= text.len && spl_regex_search(self->base.worker->match, self->times.data[i], text, at)) {
            size_t begin = spl_match_begin(self->base.worker->match, 0),
                   end = spl_match_end(self->base.worker->match, 0);

            if (!marks) marks = SPL_NEW_ARRAY(arena, text.len + 1, uint8_t);
            memset(marks + begin, 1, end - begin);
            at = end > begin ? end : end + 1;
        }
    }
    return marks;
}

static bool stays(const scrub_op *self, spl_str word, bool time)
{
    const uint64_t *named;

    if (spl_map_find(&self->private_words, word)) return false;
    if (time || spl_map_find(&self->public_words, word)) return true;
    named = spl_map_get(&self->named, word);
    return named && *named == self->rows;
}

static spl_str scrubbed(scrub_op *self, spl_arena *arena, spl_str text)
{
    const uint8_t *times = times_in(self, arena, text);
    spl_buf out = spl_buf_in(arena);
    size_t at = 0, done = 0;
    spl_str word;

    while (next_word(text, &at, &word)) {
        size_t begin = at - word.len;
        spl_str small = spl_utf8_lower(arena, word);

        if (stays(self, small, times && times[begin] && times[at - 1])) continue;
        spl_buf_add(&out, spl_str_sub(text, done, begin));
        put_cased(&out, word, replacement(self, small));
        done = at;
    }
    if (!done) return text;
    spl_buf_add(&out, spl_str_sub(text, done, text.len));
    return spl_buf_str(&out);
}

static spl_value scrubbed_value(scrub_op *self, spl_arena *arena, spl_value value)
{
    uint32_t n = spl_value_count(value);

    if (value.kind == SPL_KIND_MULTI) {
        spl_value *items = SPL_NEW_ARRAY(arena, n, spl_value);

        for (uint32_t i = 0; i < n; i++) items[i] = scrubbed_value(self, arena, spl_value_at(value, i));
        return spl_multi_of(arena, items, n);
    }
    spl_value made = spl_text(scrubbed(self, arena, spl_value_text(arena, value)));
    return value.kind == SPL_KIND_NUMBER ? spl_value_numeric(made) : made;
}

static int by_name(const void *a, const void *b)
{
    const scrubbed_field *x = *(scrubbed_field *const *)a, *y = *(scrubbed_field *const *)b;
    bool x_raw = x->field == SPL_F_RAW, y_raw = y->field == SPL_F_RAW;

    return x_raw != y_raw ? (x_raw ? -1 : 1) : spl_str_cmp(x->name, y->name);
}

static bool is_scrubbed(const spl_batch *batch, spl_field field, spl_str name)
{
    static const char *const kept[] = {"eventtype", "linecount", "punct", "sourcetype", "timeendpos", "timestartpos"};

    if (field == SPL_F_RAW) return true;
    if (spl_field_internal(batch->fields, field) || spl_str_starts(name, SPL_S("date_"))) return false;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (spl_str_is(name, kept[i])) return false;
    return true;
}

static scrubbed_field *known_field(scrub_op *self, const spl_batch *batch, spl_field field)
{
    spl_arena *arena = self->base.state;
    scrubbed_field *f;
    spl_str word;

    while (self->known.len <= field) SPL_PUSH(arena, &self->known, NULL);
    if (self->known.data[field]) return self->known.data[field];
    self->known.data[field] = f = SPL_NEW(arena, scrubbed_field);
    f->field = field;
    f->name = spl_field_name(batch->fields, field);
    f->scrubbed = is_scrubbed(batch, field, f->name);
    for (size_t at = 0; next_word(f->name, &at, &word);) {
        spl_map_entry *entry = spl_map_put(&self->named, spl_utf8_lower(batch->arena, word), NULL);

        if (!entry->value) entry->value = SPL_NEW(arena, uint64_t);
        SPL_PUSH(arena, &f->words, entry->value);
    }
    return f;
}

/* The columns by their names: the order of fields in a batch may depend on threads. */
static void see_columns(scrub_op *self, const spl_batch *batch)
{
    uint64_t signature = spl_batch_signature(batch);

    if (signature == self->signature) return;
    self->signature = signature;
    self->fields.len = 0;
    for (uint32_t c = 0; c < batch->n_columns; c++)
        SPL_PUSH(self->base.state, &self->fields, known_field(self, batch, batch->columns[c]->field));
    if (self->fields.len) qsort(self->fields.data, self->fields.len, sizeof *self->fields.data, by_name);
}

static spl_status scrub_map(spl_op *op, spl_batch **batch)
{
    scrub_op *self = (scrub_op *)op;
    spl_arena *arena = (*batch)->arena;

    see_columns(self, *batch);
    for (uint32_t i = 0; i < spl_batch_rows(*batch); i++) {
        uint32_t row = spl_batch_row(*batch, i);

        if (self->most && self->rows == self->most) {
            spl_op_warn(op, "limit", "scrub gives %" PRIu64 " results (maxresultrows): the others are left out",
                        self->most);
            spl_batch_truncate(*batch, i);
            return SPL_END;
        }
        self->rows++;
        for (size_t k = 0; k < self->fields.len; k++) {
            const scrubbed_field *f = self->fields.data[k];

            if (spl_is_null(spl_batch_get(*batch, row, f->field))) continue;
            for (size_t w = 0; w < f->words.len; w++) *f->words.data[w] = self->rows;
        }
        for (size_t k = 0; k < self->fields.len; k++) {
            const scrubbed_field *f = self->fields.data[k];
            spl_value value = spl_batch_get(*batch, row, f->field);

            if (f->scrubbed && !spl_is_null(value))
                spl_batch_set(*batch, row, f->field, scrubbed_value(self, arena, value));
        }
    }
    return SPL_OK;
}

SPL_COMMAND(scrub, .summary = "Replaces what identifies somebody in results by made-up words of the same length.",
            .syntax = "scrub [public-terms=<file>] [private-terms=<file>] [name-terms=<file>] [dictionary=<file>] "
                      "[timeconfig=<file>] [namespace=<app>]",
            .example = "| makeresults | eval user=\"carol@adalberto.com\", _raw=\"login failed user=\".user | scrub",
            .args = SPL_ARGS_PLAIN, .traits = SPL_ORDERED, .options = options, .op_size = sizeof(scrub_op),
            .bind = scrub_bind, .open = scrub_open, .map = scrub_map);
