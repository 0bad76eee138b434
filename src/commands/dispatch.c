/* dispatch.c -- runs a search as a job. */
#include "exec/bind.h"

static const spl_option options[] = {
    SPL_IDLE("ttl", NUMBER, "seconds that the results are kept", .min = 0, .max = 9e15),
    SPL_IDLE("maxresults", INT, "how many results", .min = 0, .max = 9e15),
    SPL_IDLE("maxtime", NUMBER, "seconds", .min = 0, .max = 9e15),
    SPL_IDLE("id", TEXT, "the name of the job"),
    SPL_IDLE("spawn_process", BOOL, "whether it is a process of its own"),
    SPL_IDLE("label", TEXT, "the label of the job"),
    SPL_IDLE("start_time", NUMBER, "the begin of the time range", .min = 0, .max = 9e15),
    SPL_IDLE("end_time", NUMBER, "the end of the time range", .min = 0, .max = 9e15),
    {0},
};

SPL_COMMAND(dispatch, .summary = "Runs a search as a job of the server.",
            .syntax = "dispatch [ttl=<n>] [maxresults=<n>] [maxtime=<n>] [id=<text>] [spawn_process=<bool>] "
                      "[label=<text>] [start_time=<n>] [end_time=<n>] <search>",
            .refusal = "There are no jobs. Leave the command out and give the search itself.", .args = SPL_ARGS_PLAIN,
            .traits = SPL_APP, .options = options, .op_size = sizeof(spl_op));
