/* commands.c -- shapes of arguments for the tests of the front end, which know no command's implementation. */
#include "registry.h"

#define SEGMENTS(...) ((const spl_segment[]){__VA_ARGS__, {0}})
#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define OPTIONS(...) ((const spl_option[]){__VA_ARGS__, {0}})
#define COMMAND(cname, ...) static const spl_command cname##_command = {.name = #cname, __VA_ARGS__}

COMMAND(search, .args = SPL_ARGS_SEARCH);
COMMAND(where, .args = SPL_ARGS_WHERE);
COMMAND(eval, .args = SPL_ARGS_EVAL);
COMMAND(fieldformat, .args = SPL_ARGS_EVAL);
COMMAND(stats, .args = SPL_ARGS_STATS);
COMMAND(eventstats, .args = SPL_ARGS_STATS);
COMMAND(streamstats, .args = SPL_ARGS_STATS);
COMMAND(mcatalog, .args = SPL_ARGS_STATS, .segments = SEGMENTS({"where", SPL_ARGS_SEARCH, false}));
COMMAND(geostats, .args = SPL_ARGS_STATS);
COMMAND(chart, .args = SPL_ARGS_STATS,
        .segments = SEGMENTS({"over", SPL_ARGS_PLAIN, false}, {"where", SPL_ARGS_PLAIN, false}));
COMMAND(timechart, .args = SPL_ARGS_STATS, .segments = SEGMENTS({"where", SPL_ARGS_PLAIN, false}));
COMMAND(tstats, .args = SPL_ARGS_STATS,
        .segments = SEGMENTS({"from", SPL_ARGS_PLAIN, false}, {"where", SPL_ARGS_SEARCH, false},
                             {"groupby", SPL_ARGS_PLAIN, false}));
COMMAND(mstats, .args = SPL_ARGS_STATS, .segments = SEGMENTS({"where", SPL_ARGS_SEARCH, true}),
        .options = OPTIONS({.name = "span"}, {.name = "prestats"}));
COMMAND(head, .args = SPL_ARGS_MIXED, .options = OPTIONS({.name = "limit"}, {.name = "keeplast"}, {.name = "null"}));
COMMAND(inputlookup, .args = SPL_ARGS_PLAIN, .segments = SEGMENTS({"where", SPL_ARGS_SEARCH, true}),
        .options = OPTIONS({.name = "append"}, {.name = "max"}));
COMMAND(transaction, .args = SPL_ARGS_PLAIN,
        .segments = SEGMENTS({"startswith=", SPL_ARGS_SEARCH, false}, {"endswith=", SPL_ARGS_SEARCH, false}));
COMMAND(lookup, .args = SPL_ARGS_PLAIN,
        .segments = SEGMENTS({"output", SPL_ARGS_PLAIN, false}, {"outputnew", SPL_ARGS_PLAIN, false}));
COMMAND(append, .args = SPL_ARGS_PLAIN, .brackets = SPL_BRACKET_PIPELINE);
COMMAND(join, .args = SPL_ARGS_PLAIN, .brackets = SPL_BRACKET_PIPELINE);
COMMAND(foreach, .args = SPL_ARGS_PLAIN, .brackets = SPL_BRACKET_TEMPLATE);
COMMAND(map, .args = SPL_ARGS_PLAIN, .brackets = SPL_BRACKET_TEMPLATE);
COMMAND(top, .args = SPL_ARGS_PLAIN, .segments = SEGMENTS({"by", SPL_ARGS_PLAIN, false}));
COMMAND(plain, .args = SPL_ARGS_PLAIN,
        .aliases = NAMES("fields", "table", "rename", "rex", "regex", "sort", "dedup", "convert", "replace", "fillnull",
                         "bin", "bucket", "makeresults", "spath", "mvexpand", "makemv", "nomv", "return", "format",
                         "iplocation", "outputlookup", "collect", "appendpipe", "multisearch", "union", "set",
                         "appendcols", "rest", "metadata", "datamodel", "from", "rare", "transpose", "untable",
                         "xyseries", "rangemap", "strcat", "addtotals", "predict", "trendline", "anomalydetection",
                         "fromjson", "tojson", "xmlkv", "multikv", "extract", "kv", "makecontinuous", "reverse", "tail",
                         "filldown", "savedsearch", "loadjob", "sendalert", "sendemail", "eventcount", "dbinspect",
                         "uniq", "outlier", "addcoltotals", "delta", "accum", "autoregress", "gauge", "cluster",
                         "kmeans", "x11", "pivot", "contingency", "mvcombine", "fieldsummary", "inputcsv"));

const spl_command *const spl_commands[] = {
    &append_command,      &chart_command,       &eval_command,      &eventstats_command,
    &fieldformat_command, &foreach_command,     &geostats_command,  &head_command,
    &inputlookup_command, &join_command,        &lookup_command,    &mcatalog_command,
    &map_command,         &mstats_command,      &plain_command,     &search_command,
    &stats_command,       &streamstats_command, &timechart_command, &top_command,
    &transaction_command, &tstats_command,      &where_command,     NULL};
const spl_function *const spl_functions[] = {NULL};
const spl_aggregate *const spl_aggregates[] = {NULL};
const spl_reader *const spl_readers[] = {NULL};
const spl_writer *const spl_writers[] = {NULL};
