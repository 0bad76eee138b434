/* fuzz_app.c -- any bytes as an app and the data that it speaks about: props.conf, transforms.conf, eventtypes.conf,
 * tags.conf and a text, parted by lines of a % alone. A search over it runs to its end under bounds. */
#include "fuzz/fuzz.h"

#include <fcntl.h>
#include <sys/stat.h>

static const char *const files[] = {"props", "transforms", "eventtypes", "tags"};

/* The folder of the app, made once for the process and removed at its end. */
static char folder[64];

static void path_of(char *to, size_t size, const char *name)
{
    snprintf(to, size, "%s/default/%s.conf", folder, name);
}

static void remove_folder(void)
{
    char path[160];

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        path_of(path, sizeof path, files[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/default", folder);
    rmdir(path);
    rmdir(folder);
}

static void make_folder(void)
{
    char path[100];

    if (*folder) return;
    snprintf(folder, sizeof folder, "%s/spl-fuzz-XXXXXX", fuzz_folder());
    MUST(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/default", folder);
    MUST(mkdir(path, 0700) == 0);
    atexit(remove_folder);
}

static void write_file(const char *name, spl_str text)
{
    char path[160];
    int fd;

    path_of(path, sizeof path, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    MUST(fd >= 0 && (!text.len || write(fd, text.data, text.len) == (ssize_t)text.len));
    close(fd);
}

/* Up to the next line that is a % alone; REST: what follows. */
static spl_str part(spl_str *rest)
{
    ptrdiff_t at = spl_str_starts(*rest, SPL_S("%\n")) ? 0 : spl_str_find(*rest, SPL_S("\n%\n"), 0);
    spl_str first = *rest;

    if (at < 0) {
        *rest = (spl_str){NULL, 0};
        return first;
    }
    first = spl_str_sub(*rest, 0, (size_t)at);
    *rest = spl_str_sub(*rest, (size_t)at + (rest->data[at] == '%' ? 2 : 3), rest->len);
    return first;
}

static void run(const char *text, const spl_str *events, const char *sourcetype)
{
    const char *const path[] = {"log"};
    const char *const apps[] = {folder};

    fuzz_search((spl_config){.apps = apps,
                             .n_apps = 1,
                             .timeout = 2,
                             .memory = (size_t)128 << 20,
                             .match_limit = 1000,
                             .spill_dir = fuzz_folder(),
                             .paths = path,
                             .n_paths = 1,
                             .texts = events,
                             .metadata = {.sourcetype = sourcetype}},
                spl_str_of(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    spl_str rest = {(const char *)data, size};

    make_folder();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) write_file(files[i], part(&rest));
    if (!rest.data) rest = SPL_S("");
    run("* | fields *", &rest, "t");
    run("a=b OR c=* tag=x | table a c eventtype _time _raw sourcetype host", &rest, NULL);
    return 0;
}
