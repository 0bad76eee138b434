/* outfile.c -- where results go: standard output, or a file that appears whole or not at all.
 *
 * A file is written under another name in its own folder and renamed at the end, so that readers see the old one or the
 * new one. A symbolic link is followed; what is no regular file (a device, a pipe) is written directly. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct cli_out {
    int fd;
    int error;
    const char *path;      /* as given, or NULL for standard output */
    const char *target;    /* links followed */
    const char *temporary; /* NULL: written directly */
};

cli_out *cli_out_open(spl_cli *cli, const char *path)
{
    cli_out *out = SPL_NEW(cli->arena, cli_out);
    struct stat info;
    mode_t mode;

    out->fd = STDOUT_FILENO;
    if (!path) return out;
    out->path = out->target = path;
    if (stat(path, &info) == 0) {
        char resolved[PATH_MAX];
        if (S_ISDIR(info.st_mode)) {
            cli_error(cli, SPL_IO, path, "could not write: it is a folder");
            return NULL;
        }
        if (!S_ISREG(info.st_mode)) {
            out->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
            if (out->fd >= 0) return out;
            cli_error(cli, SPL_IO, path, "could not write: %s", strerror(errno));
            return NULL;
        }
        if (realpath(path, resolved)) out->target = spl_cstring(cli->arena, spl_str_of(resolved));
        mode = info.st_mode & 07777;
    } else {
        mode_t mask = umask(0);
        umask(mask);
        mode = 0666 & ~mask;
    }
    const char *slash = strrchr(out->target, '/');
    int folder = slash ? (int)(slash - out->target) + 1 : 0;
    char *temporary =
        spl_cstring(cli->arena, spl_strf(cli->arena, "%.*s.%s.XXXXXX", folder, out->target, out->target + folder));
    out->fd = mkostemp(temporary, O_CLOEXEC);
    if (out->fd < 0) {
        cli_error(cli, SPL_IO, path, "could not write: %s", strerror(errno));
        return NULL;
    }
    cli_half_written(temporary);
    out->temporary = temporary;
    (void)fchmod(out->fd, mode);
    return out;
}

bool cli_out_write(void *to, spl_str text)
{
    cli_out *out = to;
    while (text.len) {
        ssize_t n = write(out->fd, text.data, text.len);
        if (n < 0 && errno == EINTR) {
            if (cli_interrupted()) return false;
            continue;
        }
        if (n <= 0) {
            out->error = n < 0 ? errno : EIO;
            errno = out->error;
            return false;
        }
        text = spl_str_sub(text, (size_t)n, text.len);
    }
    return true;
}

bool cli_out_broken(const cli_out *out)
{
    return out->error == EPIPE;
}

int cli_out_close(spl_cli *cli, cli_out *out, bool keep)
{
    if (!out->path) return 0;
    int error = out->error;
    if (close(out->fd) != 0 && !error) error = errno;
    if (!out->temporary)
        return error && keep ? cli_error(cli, SPL_IO, out->path, "could not write: %s", strerror(error)) : 0;
    if (keep && !error && rename(out->temporary, out->target) != 0) error = errno;
    if (!keep || error) (void)unlink(out->temporary);
    cli_half_written(NULL);
    if (keep && error) return cli_error(cli, SPL_IO, out->path, "could not write: %s", strerror(error));
    return 0;
}
