/* fault.h -- how a failure that no caller can mend leaves deep code.
 *
 * An API call (compile, next batch, a worker's main loop) opens a frame; below it, code that runs out of memory, of a
 * bound, or of a readable file calls spl_fail(), which unwinds to the innermost frame of its thread. What has to be
 * closed on the way is memory (freed with the arenas of the query's account) or registered by spl_arena_defer().
 *
 * The current frame is the one thread-local of the library: it is set on entering and restored on leaving a frame, so
 * nothing outlives an API call in it. A pointer in every arena would do without it, but batches cross threads, and one
 * forgotten hand-over would unwind into another thread's stack. */
#ifndef SPL_BASE_FAULT_H
#define SPL_BASE_FAULT_H

#include <setjmp.h>
#include <stdbool.h>

/* Why a call ended. The values of the failures are the exit statuses of the contract. */
typedef enum spl_status {
    SPL_OK = 0,
    SPL_REFUSED = 1, /* the search cannot run: diagnostics say why */
    SPL_USAGE = 2,
    SPL_IO = 3,    /* data could not be read, or output not written */
    SPL_BOUND = 4, /* memory, time or regular-expression effort is used up */
    SPL_CANCELLED = 5,
    SPL_END = 16, /* no more batches; not a failure */
} spl_status;

typedef struct spl_frame {
    jmp_buf jump;
    struct spl_frame *outer;
    spl_status status;
    char message[512]; /* lower case, no full stop */
} spl_frame;

void spl_frame_enter(spl_frame *frame);
void spl_frame_leave(spl_frame *frame);

/* if (SPL_CATCH(&frame)) { frame.status, frame.message: the failure; the frame is left already }
 * else { work; spl_frame_leave(&frame); }
 * Locals changed between entering and failing must be volatile to be read after. */
#define SPL_CATCH(frame) (spl_frame_enter(frame), setjmp((frame)->jump) != 0)

/* Unwinds to the innermost frame. It is a defect to call it outside of one. */
_Noreturn void spl_fail(spl_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
