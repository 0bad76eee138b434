/* render.c -- a diagnostic for people (line, caret, the macros it came through) or for programs (a JSON object). */
#include "diag/diag.h"

#include "base/utf8.h"

enum { LINE_CHARS = 160, LEAD_CHARS = 60 }; /* how much of a long line is shown, and how much before the caret */

static const char *severity_name(spl_severity severity)
{
    switch (severity) {
    case SPL_NOTE: return "note";
    case SPL_WARNING: return "warning";
    case SPL_ERROR: return "error";
    }
    return "error";
}

/* Control characters would move the terminal's cursor: each shows as one blank. */
static void put_visible(FILE *out, spl_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (c == 0xC2 && i + 1 < text.len && (unsigned char)text.data[i + 1] < 0xA0) { /* U+0080 to U+009F */
            c = ' ';
            i++;
        }
        fputc(c < 0x20 || c == 0x7f ? ' ' : c, out);
    }
}

static void put_place(FILE *out, const spl_place *place)
{
    fprintf(out, "%.*s:%u:%u", SPL_FMT(place->source->name), place->line, place->column);
}

/* The line, cut to what surrounds the span, and a caret under it. */
static void put_line(FILE *out, spl_span span, const spl_place *place, bool color)
{
    size_t caret, width, from = 0, to = place->line_text.len, length;
    spl_str shown;

    caret = spl_utf8_length(
        spl_str_sub(place->line_text, 0, (size_t)(span.source->text.data + span.begin - place->line_text.data)));
    length = spl_utf8_length(place->line_text);
    width = place->end_line > place->line ? length - (caret < length ? caret : length)
                                          : (size_t)(place->end_column - place->column);
    if (width < 1) width = 1;
    if (length > LINE_CHARS) {
        size_t first = caret > LEAD_CHARS ? caret - LEAD_CHARS : 0;

        from = spl_utf8_offset(place->line_text, first);
        to = spl_utf8_offset(place->line_text, first + LINE_CHARS);
        caret -= first;
        if (width > LINE_CHARS - caret) width = LINE_CHARS - caret;
    }
    shown = spl_str_sub(place->line_text, from, to);
    fputs("    ", out);
    put_visible(out, shown);
    fputs("\n    ", out);
    for (size_t i = 0; i < caret; i++) fputc(' ', out);
    if (color) fputs("\033[1;32m", out);
    fputc('^', out);
    for (size_t i = 1; i < width; i++) fputc('~', out);
    if (color) fputs("\033[0m", out);
    fputc('\n', out);
}

static void render_text(FILE *out, const spl_diagnostic *diagnostic, bool color)
{
    spl_span span = spl_span_origin(diagnostic->span);
    const char *paint = diagnostic->severity == SPL_ERROR ? "\033[1;31m" : "\033[1;33m";

    if (span.source) {
        spl_place place = spl_span_place(span);

        put_place(out, &place);
        fputs(": ", out);
    }
    fprintf(out, "%s%s:%s ", color ? paint : "", severity_name(diagnostic->severity), color ? "\033[0m" : "");
    put_visible(out, diagnostic->message);
    fprintf(out, " [%s]", diagnostic->code);
    if (diagnostic->count > 1) fprintf(out, " (%llu times)", (unsigned long long)diagnostic->count);
    fputc('\n', out);
    for (unsigned level = 0; span.source && level < 8; level++) {
        spl_place place = spl_span_place(span);
        const spl_source *within = span.source;

        put_line(out, span, &place, color);
        span = spl_span_origin(within->used_at);
        if (!span.source) break;
        place = spl_span_place(span);
        put_place(out, &place);
        fprintf(out, ": in %.*s, used here\n", SPL_FMT(within->title.len ? within->title : within->name));
    }
    if (diagnostic->hint.len) {
        fputs("    hint: ", out);
        put_visible(out, diagnostic->hint);
        fputc('\n', out);
    }
}

static void put_json(FILE *out, spl_str text)
{
    fputc('"', out);
    for (size_t at = 0; at < text.len;) {
        size_t from = at;
        uint32_t code = spl_utf8_next(text, &at);

        if (code == '"' || code == '\\')
            fprintf(out, "\\%c", (int)code);
        else if (code < 0x20)
            fprintf(out, "\\u%04x", code);
        else if (code == 0xfffd)
            fputs("\xef\xbf\xbd", out);
        else
            fwrite(text.data + from, 1, at - from, out);
    }
    fputc('"', out);
}

static void put_json_place(FILE *out, spl_span span)
{
    spl_place place = spl_span_place(span);

    fputs("\"file\":", out);
    put_json(out, place.source->name);
    fprintf(out, ",\"line\":%u,\"column\":%u,\"end_line\":%u,\"end_column\":%u", place.line, place.column,
            place.end_line, place.end_column);
}

static void render_json(FILE *out, const spl_diagnostic *diagnostic)
{
    spl_span span = spl_span_origin(diagnostic->span);

    fprintf(out, "{\"severity\":\"%s\",\"code\":\"%s\",\"message\":", severity_name(diagnostic->severity),
            diagnostic->code);
    put_json(out, diagnostic->message);
    fputc(',', out);
    if (span.source)
        put_json_place(out, span);
    else
        fputs("\"file\":null,\"line\":null,\"column\":null,\"end_line\":null,\"end_column\":null", out);
    fputs(",\"hint\":", out);
    if (diagnostic->hint.len)
        put_json(out, diagnostic->hint);
    else
        fputs("null", out);
    if (diagnostic->count > 1) fprintf(out, ",\"count\":%llu", (unsigned long long)diagnostic->count);
    if (span.source && span.source->used_at.source) {
        const char *separator = ",\"used_at\":[";

        for (unsigned level = 0; span.source && span.source->used_at.source && level < 8; level++) {
            span = spl_span_origin(span.source->used_at);
            if (!span.source) break;
            fprintf(out, "%s{", separator);
            put_json_place(out, span);
            fputc('}', out);
            separator = ",";
        }
        fputc(']', out);
    }
    fputs("}\n", out);
}

void spl_render(FILE *out, const spl_diagnostic *diagnostic, bool json, bool color)
{
    if (json)
        render_json(out, diagnostic);
    else
        render_text(out, diagnostic, color);
}
