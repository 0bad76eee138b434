/* fuzz_time.c -- any bytes as a time stamp, a format, a relative time, a span and a zone. FORMAT and TEXT are parted by
 * a line feed. */
#include "fuzz/fuzz.h"

static void try_zone(const spl_zone *zone, spl_arena *arena, spl_str format, spl_str text)
{
    static const double times[] = {0, 1599011030.123456789, -1e9, 4102444800.5, 1e18, -1e18, NAN, HUGE_VAL};
    spl_clock *clock = spl_clock_new(arena, zone, 1600000000);
    spl_span_time span;
    double epoch, bucket;
    size_t begin, end, at;

    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        spl_buf out = spl_buf_in(arena);

        spl_strftime(&out, zone, times[i], format);
    }
    if (spl_strptime(zone, text, format, 1600000000, &epoch)) MUST(isfinite(epoch));
    if (spl_timespec(zone, text, 1600000000, &epoch, &at)) MUST(!isnan(epoch));
    if (spl_timestamp_find(clock, text, 128, &epoch, &begin, &end))
        MUST(begin < end && end <= text.len && isfinite(epoch));
    if (spl_timestamp_parse(clock, text, &epoch)) MUST(isfinite(epoch));
    if (spl_timespan(format, &span)) {
        spl_span_seconds(span);
        for (size_t i = 0; i < 4; i++) {
            bucket = spl_time_bucket(zone, times[i], span);
            spl_time_bucket_next(zone, bucket, span);
            spl_time_add(zone, times[i], span);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    spl_account *account = fuzz_account();
    spl_frame frame;

    if (SPL_CATCH(&frame)) {
        MUST(frame.status == SPL_BOUND);
    } else {
        spl_arena *arena = spl_arena_new(account);
        spl_str all = fuzz_text(arena, data, size);
        const char *line = size ? memchr(all.data, '\n', size) : NULL;
        spl_str format = line ? spl_str_cut(all.data, (size_t)(line - all.data)) : all;
        spl_str text = line ? fuzz_text(arena, data + format.len + 1, size - format.len - 1) : all;
        const spl_zone *zone = spl_zone_open(arena, spl_cstring(arena, format));

        if (line) format = fuzz_text(arena, data, format.len);
        try_zone(spl_zone_open(arena, "America/New_York"), arena, format, text);
        if (zone) try_zone(zone, arena, SPL_S("%F %T.%9N %z %Z"), text);
        spl_frame_leave(&frame);
    }
    spl_account_free(account);
    return 0;
}
