/* replay.c -- runs a fuzzer's entry point over the files of folders: what was found once is tested in every build. */
#include "fuzz/fuzz.h"

#include <dirent.h>

static unsigned done;

static void replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(1 << 20);
    size_t size;

    MUST(file && data);
    size = fread(data, 1, 1 << 20, file);
    fclose(file);
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    done++;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        const struct dirent *entry;

        if (!folder) {
            replay(argv[i]);
            continue;
        }
        while ((entry = readdir(folder))) {
            char path[4096];

            if (entry->d_name[0] == '.') continue;
            snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            replay(path);
        }
        closedir(folder);
    }
    return done ? 0 : 1;
}
