/* scrub.c -- replaces words by others of a server's dictionaries. */
#include "registry.h"

#include "exec/op.h"

SPL_COMMAND(
    scrub, .summary = "Replaces what identifies somebody in events.",
    .syntax = "scrub [public-terms=<file>] [private-terms=<file>] [name-terms=<file>] [dictionary=<file>] "
              "[timeconfig=<file>] [namespace=<app>]",
    .refusal =
        "The dictionaries come with a server. Replace fields with eval user=sha256(user), texts with rex mode=sed.",
    .args = SPL_ARGS_PLAIN, .traits = SPL_APP | SPL_OWN_OPTIONS, .op_size = sizeof(spl_op));
