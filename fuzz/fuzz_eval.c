/* fuzz_eval.c -- any text as an expression, or as the stages after a few rows or events, run to its end under bounds.
 * The first byte says which: '=' an expression, '{' over JSON events, else over rows of makeresults. */
#include "fuzz/fuzz.h"

static void run(spl_str text, const spl_str *events)
{
    static const char *const path[] = {"events"};

    fuzz_search((spl_config){.timeout = 1,
                             .memory = (size_t)64 << 20,
                             .match_limit = 10000,
                             .paths = path,
                             .n_paths = events ? 1 : 0,
                             .texts = events},
                text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const spl_str events = {
        "{\"@timestamp\":\"2020-09-02T01:43:50Z\",\"a\":1,\"b\":[\"x\",\"y z\",3],\"c\":{\"d\":null,\"e\":-1.50}}\n"
        "{\"@timestamp\":\"2020-09-02T01:43:51Z\",\"a\":\"10.0.0.1\",\"b\":\"\\u00e9\\n\",\"c\":{\"d\":\"k=v, m=\\\"n "
        "o\\\"\"}}\n"
        "{\"@timestamp\":\"2020-09-02T01:43:50Z\",\"a\":\"\",\"b\":true,\"n\":1e308}\n",
        sizeof "{\"@timestamp\":\"2020-09-02T01:43:50Z\",\"a\":1,\"b\":[\"x\",\"y "
               "z\",3],\"c\":{\"d\":null,\"e\":-1.50}}\n"
               "{\"@timestamp\":\"2020-09-02T01:43:51Z\",\"a\":\"10.0.0.1\",\"b\":\"\\u00e9\\n\",\"c\":{\"d\":\"k=v, "
               "m=\\\"n o\\\"\"}}\n"
               "{\"@timestamp\":\"2020-09-02T01:43:50Z\",\"a\":\"\",\"b\":true,\"n\":1e308}\n" -
            1};
    spl_account *account = fuzz_account();
    spl_frame frame;

    if (!SPL_CATCH(&frame)) {
        spl_buf text = spl_buf_in(spl_arena_new(account));
        const char *rows =
            "| makeresults count=3 | streamstats count as n | eval a=\"x1 y=2\", f=n/3, "
            "m=split(\"a,b,1,,-2.50\",\",\"), j=\"{\\\"k\\\":[1,{\\\"l\\\":null}]}\", t=if(n=2,null(),\"T\".n)";
        bool over_events = size && data[0] == '{', expression = size && data[0] == '=';

        if (!over_events) spl_buf_add(&text, spl_str_of(rows));
        if (expression) spl_buf_add(&text, SPL_S(" | eval r"));
        if (!over_events && !expression) spl_buf_add(&text, SPL_S(" | "));
        spl_buf_add(&text, spl_str_sub((spl_str){(const char *)data, size}, over_events, size));
        run(spl_buf_str(&text), over_events ? &events : NULL);
        spl_frame_leave(&frame);
    }
    spl_account_free(account);
    return 0;
}
