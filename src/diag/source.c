/* source.c -- where a span of spliced text stands, and its lines and columns. Lines are counted only to print. */
#include "diag/source.h"

#include "base/utf8.h"

spl_source *spl_source_new(spl_arena *arena, spl_str name, spl_str text)
{
    spl_source *source = SPL_NEW(arena, spl_source);

    source->name = name;
    source->text = text;
    source->first_line = 1;
    source->first_column = 1;
    return source;
}

/* The piece that holds offset AT: the last that begins at or before it and is not empty. */
static const spl_piece *piece_at(const spl_source *source, uint32_t at)
{
    size_t low = 0, high = source->n_pieces;

    if (!source->n_pieces) return NULL;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (source->pieces[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    return &source->pieces[low];
}

spl_span spl_span_origin(spl_span span)
{
    while (span.source && span.source->spliced) {
        const spl_piece *piece = piece_at(span.source, span.begin);
        uint32_t begin, end;

        if (!piece) return (spl_span){span.source->used_at.source, 0, 0};
        begin = span.begin > piece->at ? span.begin - piece->at : 0;
        end = span.end > piece->at ? span.end - piece->at : 0;
        if (end > piece->len) end = piece->len;
        if (begin > piece->len) begin = piece->len;
        if (end < begin) end = begin;
        span = piece->from;
        if (span.end - span.begin == piece->len) { /* byte for byte; else a stand-in for the whole stretch */
            span.end = span.begin + end;
            span.begin += begin;
        }
    }
    return span;
}

spl_place spl_span_place(spl_span span)
{
    spl_place place = {0};
    spl_str text;
    uint32_t line_start = 0, line_end, line, column_shift, first_line, first_column;

    place.source = span.source;
    if (!span.source) return place;
    text = span.source->text;
    if (span.end > text.len) span.end = (uint32_t)text.len;
    if (span.begin > span.end) span.begin = span.end;

    first_line = span.source->first_line;
    first_column = span.source->first_column;
    if (span.source->within.source) {
        spl_place begin = spl_span_place(
            (spl_span){span.source->within.source, span.source->within.begin, span.source->within.begin});

        first_line = begin.line;
        first_column = begin.column;
    }
    line = first_line;
    for (uint32_t i = 0; i < span.begin; i++) {
        if (text.data[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    column_shift = line == first_line && first_column ? first_column - 1 : 0;
    place.line = line;
    place.column = (uint32_t)spl_utf8_length(spl_str_sub(text, line_start, span.begin)) + 1 + column_shift;

    line_end = span.begin;
    while (line_end < text.len && text.data[line_end] != '\n') line_end++;
    place.line_text = spl_str_sub(text, line_start, line_end);
    if (place.line_text.len && place.line_text.data[place.line_text.len - 1] == '\r') place.line_text.len--;

    for (uint32_t i = span.begin; i < span.end; i++) {
        if (text.data[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    if (line != first_line) column_shift = 0;
    place.end_line = line;
    place.end_column = (uint32_t)spl_utf8_length(spl_str_sub(text, line_start, span.end)) + 1 + column_shift;
    return place;
}
