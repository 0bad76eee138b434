/* spool.h -- values, rows and aggregate states on their way to a spill file and back.
 *
 * The form is the machine's own: a spill file is unlinked as soon as it is open and is read by the process that wrote
 * it. Reading is checked all the same, since a full disk cuts files short. */
#ifndef SPL_EXEC_SPOOL_H
#define SPL_EXEC_SPOOL_H

#include "data/batch.h"

void spl_save_bytes(spl_buf *out, const void *data, size_t len);
/* Takes LEN bytes off the front of IN; false if there are fewer. */
bool spl_load_bytes(spl_str *in, void *data, size_t len);
void spl_save_str(spl_buf *out, spl_str text);
void spl_save_value(spl_buf *out, spl_value value);
bool spl_load_value(spl_arena *arena, spl_str *in, spl_value *value);

/* A file of records, written once from the front, then read from the front, perhaps again. */
typedef struct spl_spool spl_spool;

/* In DIR (NULL: /tmp), unlinked at once; closed with ARENA. Fails the call (SPL_IO) where it cannot be made. */
spl_spool *spl_spool_new(spl_arena *arena, const char *dir);
void spl_spool_write(spl_spool *spool, spl_str record);
void spl_spool_rewind(spl_spool *spool); /* what follows reads */
/* The next record, borrowed until the next call; false at the end. */
bool spl_spool_read(spl_spool *spool, spl_str *record);
/* From now on the spool is closed with ARENA, and lives there. */
spl_spool *spl_spool_move(spl_spool *spool, spl_arena *arena);

#endif
