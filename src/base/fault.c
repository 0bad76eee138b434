/* fault.c -- unwinding to the frame of the API call. */
#include "base/fault.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

static _Thread_local spl_frame *innermost; /* see fault.h for why it exists */

void spl_frame_enter(spl_frame *frame)
{
    frame->outer = innermost;
    frame->status = SPL_OK;
    frame->message[0] = '\0';
    innermost = frame;
}

void spl_frame_leave(spl_frame *frame)
{
    assert(innermost == frame);
    innermost = frame->outer;
}

void spl_fail(spl_status status, const char *format, ...)
{
    spl_frame *frame = innermost;
    va_list args;

    assert(frame != NULL && "spl_fail() outside of a frame");
    frame->status = status;
    va_start(args, format);
    vsnprintf(frame->message, sizeof frame->message, format, args);
    va_end(args);
    innermost = frame->outer;
    longjmp(frame->jump, 1);
}
