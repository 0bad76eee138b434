/* loadjob.c -- parsed, and refused: results of other jobs are kept by a server. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(loadjob, .summary = "Gives the results of a job that has ended; cannot run here.",
            .syntax = "loadjob <sid> | savedsearch=\"<user>:<app>:<name>\" [events=<bool>] [job_delegate=<text>] "
                      "[artifact_offset=<n>] [ignore_running=<bool>]",
            .example = "| loadjob savedsearch=\"admin:search:Daily errors\"",
            .differs = "There are no jobs here: it is refused when the search is run.",
            .refusal = "Results of jobs are kept by a Splunk server. Run the saved search itself, or keep its results "
                       "with outputcsv and read them with inputcsv.",
            .args = SPL_ARGS_PLAIN, .traits = SPL_GENERATES | SPL_APP | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
