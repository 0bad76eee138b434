/* state.h -- the state folder: what searches write (outputlookup, outputcsv, collect, KV-store collections) and read
 * back.
 *
 * A search reads the state as it stood when it began: what it writes is kept aside, in memory and unlinked files, and
 * is swapped in by spl_state_commit() when the search ended well; each file whole or not at all (written beside, then
 * renamed). Nothing outside of the folder is read or written: names are single file names, symbolic links are refused.
 *
 * Layout: lookups/NAME.csv, csv/NAME.csv, kvstore/COLLECTION.ndjson, index/INDEX.ndjson,
 * tsidxstats/NAMESPACE.ndjson. */
#ifndef SPL_KNOWLEDGE_STATE_H
#define SPL_KNOWLEDGE_STATE_H

#include "base/buf.h"
#include "base/fault.h"
#include "diag/diag.h"

typedef struct spl_state spl_state;
typedef struct spl_state_file spl_state_file; /* being written */

/* DIR and SPILL are NUL-terminated and outlive the state. Makes and reads nothing. */
spl_state *spl_state_new(spl_arena *arena, const char *dir, const char *spill);
/* NULL where NAME may name a file of the state, else why not ("must not contain a slash"). */
const char *spl_state_name(spl_str name);
/* Whether FOLDER holds a regular file NAME. A symbolic link fails the call (SPL_IO). */
bool spl_state_has(spl_state *state, const char *folder, spl_str name);
/* The file's bytes in ARENA, and a name for messages; false where there is none. WRITTEN: what this search has written
 * before it, if it has. */
bool spl_state_read(spl_state *state, spl_arena *arena, const char *folder, spl_str name, bool written, spl_str *text);
spl_str spl_state_path(spl_state *state, spl_arena *arena, const char *folder, spl_str name);
/* Begins to write; replaces at commit what is there, or with APPEND is added to its end. */
spl_state_file *spl_state_write(spl_state *state, const char *folder, spl_str name, bool append);
void spl_state_put(spl_state_file *file, spl_str text);
/* Finished: the commit will swap it in. A file that is not finished is forgotten. */
void spl_state_done(spl_state_file *file);
/* The commit removes the file. */
void spl_state_remove(spl_state *state, const char *folder, spl_str name);
/* Swaps in what is finished, in the order finished. Fails the call (SPL_IO) where that cannot be done. DIAG is warned
 * of each file that another search has changed between this one's reading and writing it: what that one wrote is gone.
 */
void spl_state_commit(spl_state *state, spl_diag *diag);

#endif
