/* read_csv.c -- tables as text: a header line, then a record a line, separated by commas, tabs, semicolons or bars.
 *
 * A cell in double quotes may hold separators, line feeds and doubled quotes (RFC 4180). Whether a line feed ends a
 * record is told by whether an even number of quotes stands before it; so that any thread can tell this anywhere, the
 * parity at every 4 KiB of the input is counted once, when first asked for. If the head has quotes inside of unquoted
 * cells, that rule would not hold, and every line feed ends a record. Rules: docs/reference/formats/csv.md. Exports the
 * reader csv. */
#include "base/num.h"
#include "base/regex.h"
#include "knowledge/extraction.h"
#include "knowledge/props.h"
#include "readers/framing.h"

#include <math.h>
#include <stdatomic.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { GRAIN = 4096 };

typedef struct parity { /* of the quotes before each grain */
    spl_str map;
    uint8_t *odd;
} parity;

typedef struct format {
    char separator; /* ' ' with BLANKS: any run of blanks */
    char quote;     /* 0: none */
    bool blanks;
} format;

typedef struct state {
    spl_input *input;
    format format;
    bool multiline;     /* quoted cells may hold line feeds */
    bool comments;      /* lines that begin with # are no events (w3c) */
    spl_heads *heads;   /* of w3c; or NULL */
    spl_regex *missing; /* MISSING_VALUE_REGEX: a cell that matches is no value */
    spl_str *names;
    uint32_t count;
    uint32_t time; /* the column of the time, or UINT32_MAX */
    pthread_mutex_t lock;
    _Atomic(parity *) parity;
} state;

/* ---- cells ---- */

typedef struct cell {
    spl_str text; /* without the quotes around it */
    bool doubled; /* holds doubled quotes */
    bool stray;   /* a quote where none belongs */
} cell;

static bool separates(const format *f, char c)
{
    return c == f->separator || (f->blanks && c == '\t');
}

static const char *behind(const format *f, const char *p, const char *end)
{
    p++;
    while (f->blanks && p < end && separates(f, *p)) p++;
    return p;
}

/* The cell at P and what follows its separator: NULL behind the last one. */
static const char *next_cell(const char *p, const char *end, const format *f, cell *out)
{
    const char *from = p, *quote;

    *out = (cell){{p, 0}, false, false};
    if (p < end && f->quote && *p == f->quote) {
        for (p++;; p = quote + 2) {
            quote = memchr(p, f->quote, (size_t)(end - p));
            if (!quote) { /* the input ends within */
                out->text = spl_str_cut(from + 1, (size_t)(end - from - 1));
                out->stray = true;
                return NULL;
            }
            if (quote + 1 < end && quote[1] == f->quote) {
                out->doubled = true;
                continue;
            }
            break;
        }
        out->text = spl_str_cut(from + 1, (size_t)(quote - from - 1));
        p = quote + 1;
        if (p == end) return NULL;
        if (separates(f, *p)) return behind(f, p, end);
        out->stray = true; /* "a"b: taken as it stands */
        out->doubled = false;
    }
    for (; p < end && !separates(f, *p); p++) { /* cells are short */
        if (f->quote && *p == f->quote) out->stray = true;
    }
    out->text = spl_str_cut(from, (size_t)(p - from));
    return p < end ? behind(f, p, end) : NULL;
}

static spl_str cell_text(spl_arena *arena, const cell *c, char quote)
{
    char *out, *to;
    size_t i;

    if (!c->doubled) return c->text;
    out = to = spl_alloc(arena, c->text.len);
    for (i = 0; i < c->text.len; i++) {
        *to++ = c->text.data[i];
        if (c->text.data[i] == quote) i++;
    }
    return spl_str_cut(out, (size_t)(to - out));
}

/* ---- framing ---- */

/* Which of the 64 bytes at P, of which LEN count, are quotes and line feeds. */
static void look(const char *p, size_t len, uint64_t *quotes, uint64_t *feeds)
{
    char tail[64];

    if (len < 64) {
        memset(tail, 0, sizeof tail);
        memcpy(tail, p, len);
        p = tail;
    }
    *quotes = *feeds = 0;
#if defined(__SSE2__)
    for (unsigned i = 0; i < 4; i++) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));

        *quotes |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('"'))) << 16 * i;
        *feeds |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n'))) << 16 * i;
    }
#else
    for (unsigned i = 0; i < 64; i++) {
        *quotes |= (uint64_t)(p[i] == '"') << i;
        *feeds |= (uint64_t)(p[i] == '\n') << i;
    }
#endif
}

static bool odd_quotes(const char *p, const char *end)
{
    uint64_t quotes, feeds, all = 0;

    for (; p < end; p += end - p < 64 ? end - p : 64) {
        look(p, (size_t)(end - p), &quotes, &feeds);
        all ^= quotes; /* bits that cancel out come in pairs */
    }
    return __builtin_parityll(all);
}

static const parity *parity_of(const state *s, spl_str text)
{
    state *mutable = s->input->state;
    parity *have = atomic_load_explicit(&mutable->parity, memory_order_acquire);

    if (!have && text.len > GRAIN && !spl_input_is_pipe(s->input)) {
        spl_str map = spl_input_map(s->input);

        pthread_mutex_lock(&mutable->lock);
        have = atomic_load(&mutable->parity);
        if (!have) {
            spl_frame frame;

            if (SPL_CATCH(&frame)) {
                pthread_mutex_unlock(&mutable->lock);
                spl_fail(frame.status, "%s", frame.message);
            }
            spl_arena *arena = spl_arena_new(s->input->query->account); /* until the query's end */
            parity *made = SPL_NEW(arena, parity);
            size_t i, n = map.len / GRAIN + 1;
            bool odd = false;

            made->map = map;
            made->odd = spl_alloc(arena, n);
            for (i = 0; i < n; i++) {
                const char *from = map.data + i * GRAIN;
                size_t left = map.len - i * GRAIN;

                made->odd[i] = odd;
                odd ^= odd_quotes(from, from + (left < GRAIN ? left : GRAIN));
            }
            spl_frame_leave(&frame);
            atomic_store_explicit(&mutable->parity, made, memory_order_release);
            have = made;
        }
        pthread_mutex_unlock(&mutable->lock);
    }
    return have && text.data >= have->map.data && text.data + text.len <= have->map.data + have->map.len ? have : NULL;
}

/* AT of TEXT, which begins where an event does, is inside of quotes. */
static bool inside(const state *s, spl_str text, size_t at)
{
    const parity *known = at > GRAIN ? parity_of(s, text) : NULL;
    size_t offset;

    if (!known) return odd_quotes(text.data, text.data + at);
    offset = (size_t)(text.data - known->map.data) + at;
    return known->odd[offset / GRAIN] ^ odd_quotes(known->map.data + offset / GRAIN * GRAIN, known->map.data + offset);
}

/* The first line feed at or after P that ends a record, or END. */
static const char *record_end(const char *p, const char *end, bool quoted)
{
    uint64_t inside = quoted ? ~(uint64_t)0 : 0, quotes, feeds;

    for (; p < end; p += 64) {
        look(p, (size_t)(end - p), &quotes, &feeds);
        if (quotes) { /* a running exclusive or: set from each opening quote to before the closing one */
            quotes ^= quotes << 1;
            quotes ^= quotes << 2;
            quotes ^= quotes << 4;
            quotes ^= quotes << 8;
            quotes ^= quotes << 16;
            quotes ^= quotes << 32;
        }
        inside ^= quotes;
        feeds &= ~inside;
        if (feeds) return p + __builtin_ctzll(feeds);
        inside = (uint64_t)((int64_t)inside >> 63);
        if (end - p < 64) break;
    }
    return end;
}

static bool frame(const state *s, spl_str text, size_t at, bool last, size_t *begin, size_t *end, size_t *next)
{
    const char *p = text.data + at, *stop = text.data + text.len, *found;

    if (!s->multiline) return spl_frame_by(text, at, last, '\n', begin, end, next);
    for (; p < stop; p = found + 1) {
        found = record_end(p, stop, false);
        if (found == stop && !last) return false;
        if (!spl_is_blank(p, found)) {
            *begin = (size_t)(p - text.data);
            *next = found == stop ? text.len : (size_t)(found - text.data) + 1;
            if (found[-1] == '\r') found--;
            *end = (size_t)(found - text.data);
            return true;
        }
        if (found == stop) return false;
    }
    return false;
}

static bool csv_frame(const spl_input *input, spl_str text, size_t at, bool last, size_t *begin, size_t *end,
                      size_t *next)
{
    const state *s = input->state;

    for (;; at = *next) {
        if (!frame(s, text, at, last, begin, end, next)) return false;
        if (!s->comments || text.data[*begin] != '#') return true;
    }
}

static size_t csv_resync(const spl_input *input, spl_str text, size_t at)
{
    const state *s = input->state;
    size_t begin, end, next;
    const char *found;

    if (!s->multiline) return spl_resync_by(text, at, '\n');
    if (at >= text.len) return text.len;
    if (at > 0) {
        found = record_end(text.data + at - 1, text.data + text.len, inside(s, text, at - 1));
        at = (size_t)(found - text.data) + 1;
    }
    return at < text.len && frame(s, text, at, true, &begin, &end, &next) ? begin : text.len;
}

static size_t csv_before(const spl_input *input, spl_str text, size_t at)
{
    const state *s = input->state;
    const char *p, *line_end;
    bool quoted;

    if (!s->multiline) return spl_before_by(text, at, '\n');
    if (at > text.len) at = text.len;
    quoted = inside(s, text, at);
    line_end = record_end(text.data + at, text.data + text.len, quoted);
    for (p = text.data + at; p > text.data; p--) {
        if (p[-1] == '"') {
            quoted = !quoted;
        } else if (p[-1] == '\n' && !quoted) {
            if (!spl_is_blank(p, line_end)) return (size_t)(p - text.data);
            line_end = p - 1;
        }
    }
    return 0;
}

/* ---- recognition ---- */

static bool is_name(spl_str text)
{
    double number;
    size_t i;

    if (text.len == 0 || text.len > 64 || spl_num_parse(text, &number)) return false;
    if (spl_is_space(text.data[0]) || spl_is_space(text.data[text.len - 1])) return false; /* prose, with commas */
    for (i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (c < 0x20 || c == '=' || c == '<' || c == '>' || c == '"' || c == '\\') return false;
    }
    return spl_is_alpha(text.data[0]) || text.data[0] == '_' || text.data[0] == '@' || text.data[0] == '#' ||
           (unsigned char)text.data[0] >= 0x80;
}

static uint32_t cells_of(spl_str record, const format *f, bool *names, bool *stray)
{
    const char *p = record.data, *end = record.data + record.len;
    uint32_t n = 0;
    cell c;

    do {
        p = next_cell(p, end, f, &c);
        n++;
        if (names && !is_name(c.text)) *names = false;
        if (stray && c.stray) *stray = true;
    } while (p);
    return n;
}

static char separator_of(spl_str header)
{
    static const char candidates[] = ",\t;|";
    uint32_t most = 1, n;
    char best = 0;
    size_t i;

    for (i = 0; candidates[i]; i++) {
        n = cells_of(header, &(format){.separator = candidates[i], .quote = '"'}, NULL, NULL);
        if (n > most) {
            most = n;
            best = candidates[i];
        }
    }
    return best;
}

static bool named(const char *path, const char *ending)
{
    spl_str name = spl_str_of(path);

    if (spl_str_ends(name, SPL_S(".gz"))) name.len -= 3;
    if (spl_str_ends(name, SPL_S(".zst"))) name.len -= 4;
    return name.len > strlen(ending) && spl_str_iis(spl_str_sub(name, name.len - strlen(ending), name.len), ending);
}

/* ---- INDEXED_EXTRACTIONS and what goes with it ---- */

/* What props.conf says of a table of this kind; empty: none. */
static const char *kind_of(const spl_probe *probe)
{
    static const char *const kinds[] = {"csv", "tsv", "psv", "w3c"};
    static const char *const keys[] = {"FIELD_DELIMITER", "FIELD_NAMES", "FIELD_HEADER_REGEX",
                                       "HEADER_FIELD_DELIMITER"};
    spl_str given;

    if (!probe->props) return "";
    given = spl_props_text(probe->props, "INDEXED_EXTRACTIONS");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (spl_str_iis(given, kinds[i])) return kinds[i];
    if (given.len) return "";
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (spl_props_text(probe->props, keys[i]).len) return "csv";
    return "";
}

/* A character as FIELD_DELIMITER and its kin name it. */
static bool sign_of(const spl_probe *probe, const char *key, char *sign, bool *blanks)
{
    static const struct {
        const char *name;
        char sign;
    } names[] = {{"space", ' '}, {"tab", '\t'}, {"\\t", '\t'}, {"fs", 0x1C},  {"gs", 0x1D},  {"rs", 0x1E},
                 {"us", 0x1F},   {"none", 0},   {"\\s", ' '},  {"pipe", '|'}, {"comma", ','}};
    spl_str text = spl_props_text(probe->props, key);

    if (!text.len) return false;
    if (text.len == 3 && (text.data[0] == '"' || text.data[0] == '\'') && text.data[2] == text.data[0])
        text = spl_str_sub(text, 1, 2);
    *blanks = spl_str_iis(text, "whitespace");
    *sign = *blanks ? ' ' : text.data[0];
    if (text.len == 2 && text.data[0] == '\\' && text.data[1] != 't' && text.data[1] != 's') *sign = text.data[1];
    for (size_t i = 0; text.len > 1 && i < sizeof names / sizeof *names; i++)
        if (spl_str_iis(text, names[i].name)) *sign = names[i].sign;
    return true;
}

/* The formats of cells and of the header's cells. */
static void formats_of(const spl_probe *probe, const char *kind, format *cells, format *header)
{
    char sign = *kind == 't' ? '\t' : *kind == 'p' ? '|' : *kind == 'w' ? ' ' : ',';
    bool blanks = false;

    *cells = (format){.separator = sign, .quote = '"'};
    if (sign_of(probe, "FIELD_DELIMITER", &sign, &blanks)) {
        cells->separator = sign;
        cells->blanks = blanks;
    }
    if (sign_of(probe, "FIELD_QUOTE", &sign, &blanks)) cells->quote = sign;
    *header = *cells;
    if (sign_of(probe, "HEADER_FIELD_DELIMITER", &sign, &blanks)) {
        header->separator = sign;
        header->blanks = blanks;
    }
    if (sign_of(probe, "HEADER_FIELD_QUOTE", &sign, &blanks)) header->quote = sign;
}

static spl_regex *regex_of(const spl_input *input, const spl_probe *probe, const char *key, const char *dflt)
{
    const spl_conf_entry *entry = spl_props_setting(probe->props, key);
    spl_str pattern = entry && entry->value.len ? entry->value : spl_str_of(dflt), error;
    size_t at;
    spl_regex *regex;

    if (!pattern.len) return NULL;
    regex = spl_regex_compile(input->arena, pattern, 0, &error, &at);
    if (!regex)
        spl_warning(input->query->diag, entry ? entry->span : (spl_span){0}, "bad-regex", "%s is passed over: %.*s",
                    key, SPL_FMT(error));
    return regex;
}

/* A name of a header: other signs than letters, digits, blanks and those of KEPT become _. */
static spl_str header_name(spl_arena *arena, spl_str text, spl_str kept)
{
    char *out = spl_alloc(arena, text.len + 1);

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool keep = spl_is_word(c) || c == ' ' || (unsigned char)c >= 0x80 || memchr(kept.data, c, kept.len);

        out[i] = keep ? c : '_';
    }
    return spl_str_cut(out, text.len);
}

static void add_name(state *s, spl_str name)
{
    spl_arena *arena = s->input->arena;

    if (!name.len) name = spl_strf(arena, "EXTRA_FIELD_%u", s->count + 1);
    s->names = spl_realloc(arena, s->names, s->count * sizeof *s->names, (s->count + 1) * sizeof *s->names);
    s->names[s->count++] = name;
}

/* FIELD_NAMES = [a, "b c"]. */
static bool listed_names(state *s, const spl_probe *probe)
{
    spl_str text = spl_str_trim(spl_props_text(probe->props, "FIELD_NAMES")), *words;
    size_t n;

    if (text.len >= 2 && text.data[0] == '[' && text.data[text.len - 1] == ']')
        text = spl_str_sub(text, 1, text.len - 1);
    n = spl_conf_words(s->input->arena, text, &words);
    for (size_t i = 0; i < n; i++) add_name(s, words[i]);
    return n > 0;
}

/* The header of a table that props.conf describes; where its events begin goes to input->body. */
static void open_described(spl_input *input, state *s, const spl_probe *probe, const char *kind)
{
    bool w3c = *kind == 'w', listed;
    spl_regex *preamble = regex_of(input, probe, "PREAMBLE_REGEX", "");
    spl_regex *mark = regex_of(input, probe, "FIELD_HEADER_REGEX", w3c ? "^#Fields:\\s*(.*)" : "");
    spl_str kept = spl_props_text(probe->props, "HEADER_FIELD_ACCEPTABLE_SPECIAL_CHARACTERS");
    spl_match *match = spl_match_new(input->arena, 1000000, 16 * 1024);
    size_t begin, end, next, at = spl_str_starts(probe->head, SPL_S("\xEF\xBB\xBF")) ? 3 : 0;
    int64_t line = 0, number = 0;
    format header;

    formats_of(probe, kind, &s->format, &header);
    s->missing = regex_of(input, probe, "MISSING_VALUE_REGEX", "");
    s->comments = w3c;
    s->multiline = s->format.quote == '"';
    if (!spl_num_int(spl_props_text(probe->props, "HEADER_FIELD_LINE_NUMBER"), &line)) line = 0;
    listed = listed_names(s, probe);
    input->body = at;
    while (spl_frame_by(probe->head, at, true, '\n', &begin, &end, &next)) {
        spl_str text = spl_str_sub(probe->head, begin, end);
        const char *p;
        cell c;

        for (size_t i = at; i < begin; i++) number += probe->head.data[i] == '\n';
        number++;
        at = next;
        if (line > 0 ? number < line : preamble && spl_regex_search(match, preamble, text, 0)) {
            if (!mark || !spl_regex_search(match, mark, text, 0)) {
                input->body = next;
                continue;
            }
        }
        if (listed) {
            if (line > 0 && number == line) input->body = next;
            return;
        }
        if (mark && line <= 0) {
            if (!spl_regex_search(match, mark, text, 0)) {
                if (w3c && text.len && text.data[0] == '#') continue;
                if (next < probe->head.len) continue;
                break;
            }
        }
        if (mark && spl_regex_search(match, mark, text, 0)) {
            if (!spl_match_group(match, 1, &text) || !text.len)
                text = spl_str_sub(probe->head, begin + spl_match_end(match, 0), end);
        }
        text = spl_str_trim(text);
        if (w3c && !spl_props_text(probe->props, "FIELD_HEADER_REGEX").len)
            s->heads = spl_heads_new(input->arena, text, next);
        for (p = text.data; p;) {
            p = next_cell(p, text.data + text.len, &header, &c);
            add_name(s, header_name(input->arena, spl_str_trim(cell_text(input->arena, &c, header.quote)), kept));
        }
        input->body = next;
        return;
    }
    if (!listed) {
        spl_warning(input->query->diag, (spl_span){0}, "conf",
                    "\"%s\" has no header line such as props.conf describes in its first 64 KiB", input->path);
        input->body = 0;
    }
}

static int csv_bid(const spl_probe *probe)
{
    state s = {.multiline = true, .format = {.quote = '"'}};
    size_t begin, end, next, at = spl_str_starts(probe->head, SPL_S("\xEF\xBB\xBF")) ? 3 : 0;
    bool by_name = named(probe->path, ".csv") || named(probe->path, ".tsv") || named(probe->path, ".psv"), names = true;
    uint32_t count, rows = 0, same = 0;
    spl_str header;

    if (*kind_of(probe)) return 99;
    if (!frame(&s, probe->head, at, true, &begin, &end, &next)) return 0;
    header = spl_str_sub(probe->head, begin, end);
    s.format.separator = separator_of(header);
    if (!s.format.separator) return by_name ? 40 : 0; /* one column */
    if (probe->props && spl_conf_true(spl_props_text(probe->props, "CHECK_FOR_HEADER"))) by_name = true;
    count = cells_of(header, &s.format, &names, NULL);
    for (at = next; rows < 50 && frame(&s, probe->head, at, true, &begin, &end, &next); at = next) {
        if (next == probe->head.len && !probe->complete) break;
        rows++;
        same += cells_of(spl_str_sub(probe->head, begin, end), &s.format, NULL, NULL) == count;
    }
    if (by_name) return 70;
    if (!names || rows == 0) return 0; /* by what it holds: names above rows of as many cells, or nearly so */
    if (count == 2)
        return (s.format.separator == ',' || s.format.separator == '\t') && rows > 1 && same == rows ? 50 : 0;
    return same * 4 >= rows * 3 ? 50 : 0;
}

static void release(void *ptr)
{
    pthread_mutex_destroy(&((state *)ptr)->lock);
}

static void csv_open(spl_input *input, const spl_probe *probe)
{
    state *s = SPL_NEW(input->arena, state);
    size_t begin, end, next, at = spl_str_starts(probe->head, SPL_S("\xEF\xBB\xBF")) ? 3 : 0;
    bool stray = false;
    const char *p, *kind = kind_of(probe);
    uint32_t i, k;
    spl_str header;
    cell c;

    s->input = input;
    s->format.quote = '"';
    s->time = UINT32_MAX;
    s->multiline = true;
    pthread_mutex_init(&s->lock, NULL);
    atomic_init(&s->parity, NULL);
    spl_arena_defer(input->arena, release, s);
    input->state = s;
    input->body = probe->head.len;
    if (!frame(s, probe->head, at, true, &begin, &end, &next)) return;
    if (*kind) {
        open_described(input, s, probe, kind);
    } else {
        header = spl_str_sub(probe->head, begin, end);
        s->format.separator = separator_of(header);
        if (!s->format.separator) s->format.separator = ',';
        input->body = next;
        s->count = cells_of(header, &s->format, NULL, &stray);
        s->names = SPL_NEW_ARRAY(input->arena, s->count, spl_str);
        for (i = 0, p = header.data; i < s->count; i++) {
            p = next_cell(p, header.data + header.len, &s->format, &c);
            s->names[i] = spl_str_copy(input->arena, spl_str_trim(cell_text(input->arena, &c, '"')));
            if (s->names[i].len == 0) s->names[i] = spl_strf(input->arena, "EXTRA_FIELD_%u", i + 1);
        }
    }
    if (!input->sourcetype.len)
        input->sourcetype = *kind == 'w'                  ? SPL_S("w3c")
                            : s->format.separator == '\t' ? SPL_S("tsv")
                            : s->format.separator == '|'  ? SPL_S("psv")
                                                          : SPL_S("csv");
    for (k = 0; spl_time_names[k] && s->time == UINT32_MAX; k++) {
        for (i = 0; i < s->count && s->time == UINT32_MAX; i++) {
            if (spl_str_iis(s->names[i], spl_time_names[k])) s->time = i;
        }
    }
    for (at = input->body; s->multiline && !stray && frame(s, probe->head, at, true, &begin, &end, &next); at = next) {
        if (next == probe->head.len && !probe->complete) break;
        cells_of(spl_str_sub(probe->head, begin, end), &s->format, NULL, &stray);
    }
    if (stray) s->multiline = false;
}

static void csv_look(const spl_input *input, spl_str text, uint64_t at)
{
    const state *s = input->state;

    if (s->heads) spl_heads_look(s->heads, input, text, at);
}

/* ---- time and fields ---- */

static double csv_time(const spl_input *input, spl_clock *clock, spl_str raw)
{
    const state *s = input->state;
    const char *p = raw.data, *end = raw.data + raw.len;
    size_t begin, stop;
    double time;
    uint32_t i;
    cell c;

    if (s->time != UINT32_MAX) {
        for (i = 0; p; i++) {
            p = next_cell(p, end, &s->format, &c);
            if (i == s->time) {
                if (spl_timestamp_parse(clock, spl_str_trim(c.text), &time)) return time;
                break;
            }
        }
    }
    return spl_timestamp_find(clock, raw, 128, &time, &begin, &stop) ? time : NAN;
}

static void csv_prepare(spl_extractor *x)
{
    const state *s = x->input->state;

    x->state = spl_cells_new(x, s->names, s->count);
}

static void csv_extract(spl_extractor *x, spl_batch *batch, const spl_event *events, uint32_t count, uint32_t first)
{
    const state *s = x->input->state;
    spl_cells *e = x->state;
    uint32_t i, k;

    spl_put_metadata(x, batch, events, count, first, SPL_S("csv"));
    if (!spl_cells_begin(e, batch)) return;
    for (i = 0; i < count; i++) {
        const char *p = events[i].raw.data, *end = p + events[i].raw.len;
        spl_str text;
        cell c;

        for (k = 0; p; k++) {
            p = next_cell(p, end, &s->format, &c);
            if (k >= e->last || !e->columns[k] || c.text.len == 0) continue;
            text = cell_text(batch->arena, &c, s->format.quote);
            if (s->missing && spl_regex_search(x->worker->match, s->missing, text, 0)) continue;
            spl_put_value(x->worker->arena, &e->repeats, e->columns[k], first + i, spl_text(text));
        }
        if (events[i].raw.len && k != s->count) /* rules may leave an event no text */
            spl_damaged_event(x, &events[i], "has more or fewer cells than the header");
    }
    if (e->repeats.len) spl_join_repeats(batch, &e->repeats);
}

/* A quote is doubled in a quoted cell; all else stands as it is. */
static bool csv_literals(const spl_input *input, const spl_query *query, spl_str field, spl_str text, bool whole,
                         spl_arena *arena, spl_literals *out)
{
    size_t begin = 0, i;
    spl_str best = {text.data, 0};
    bool raw = spl_str_is(field, "_raw");
    char quote = ((const state *)input->state)->format.quote;
    (void)query;
    (void)whole;
    *out = (spl_literals){0};
    if (spl_is_metadata(field) && !raw) return false;
    for (i = 0; i <= text.len; i++) {
        if (i < text.len && (raw || text.data[i] != quote)) continue;
        if (i - begin > best.len) best = spl_str_sub(text, begin, i);
        begin = i + 1;
    }
    if (best.len == 0) return false;
    out->items = SPL_NEW_ARRAY(arena, 1, spl_literal);
    out->items[out->count++] = (spl_literal){spl_str_copy(arena, best), true};
    return true;
}

SPL_READER(csv, .summary = "tables with a header line: commas, tabs, semicolons or bars", .bid = csv_bid,
           .open = csv_open, .frame = csv_frame, .resync = csv_resync, .before = csv_before, .time = csv_time,
           .prepare = csv_prepare, .extract = csv_extract, .look = csv_look, .literals = csv_literals);
