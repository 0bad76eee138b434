/* folders.h -- values that are paths, counted, and put under the folders that hold them: bucketdir and folderize. */
#ifndef SPL_EXEC_FOLDERS_H
#define SPL_EXEC_FOLDERS_H

#include "base/map.h"

typedef struct spl_folder {
    spl_str path;
    double size, count; /* sums */
    size_t depth;       /* separators in the path */
} spl_folder;

typedef struct spl_folders {
    spl_arena *arena;
    spl_str separator; /* one byte or more */
    spl_map paths;     /* -> spl_folder */
} spl_folders;

static inline spl_folders spl_folders_in(spl_arena *arena, spl_str separator)
{
    return (spl_folders){.arena = arena, .separator = separator, .paths = spl_map_in(arena)};
}
/* Adds SIZE and COUNT to the path. What lies more than 64 folders deep counts to the folder there, so that paths of
 * separators take no time. */
void spl_folders_add(spl_folders *folders, spl_str path, double size, double count);
/* Puts the deepest paths into the folders that hold them, again and again, until there are at most MOST, but not where
 * fewer than LEAST would be left. */
void spl_folders_roll_up(spl_folders *folders, uint64_t least, uint64_t most);
/* All, in an array in the arena: the largest size first, equal ones by their path. */
spl_folder **spl_folders_list(spl_folders *folders);

#endif
