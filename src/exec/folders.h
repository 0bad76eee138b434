/* folders.h -- values that are paths, counted, and put under the folders that hold them: bucketdir and folderize. */
#ifndef SPL_EXEC_FOLDERS_H
#define SPL_EXEC_FOLDERS_H

#include "base/map.h"
#include "exec/op.h"

typedef struct spl_folder {
    spl_str path;
    double size, count; /* sums */
    size_t depth;       /* separators in the path */
} spl_folder;

typedef struct spl_folders {
    spl_arena *arena;
    spl_str separator;           /* one byte or more */
    spl_field path, size, count; /* count may be SPL_NO_FIELD, or size's */
    double default_size;         /* of a row without a number there; its count is 1 */
    spl_map paths;               /* -> spl_folder */
} spl_folders;

/* Adds the rows of BATCH that have a PATH, each with its SIZE and its COUNT; FOLDERS' defaults stand for those that a
 * row lacks. What lies more than 64 folders deep counts to the folder there, so that paths of separators take no time.
 */
void spl_folders_gather(spl_folders *folders, const spl_batch *batch);
/* Puts the deepest paths into the folders that hold them, again and again, until there are at most MOST, but not where
 * fewer than LEAST would be left. */
void spl_folders_roll_up(spl_folders *folders, uint64_t least, uint64_t most);
/* A batch of all, the largest size first, equal ones by their path: path, size, and count where it is a field of its
 * own. */
spl_batch *spl_folders_batch(spl_folders *folders, spl_op *op);

#endif
