/* state.c -- see state.h. */
#include "knowledge/state.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MAX_BYTES = 200, BUFFER = 64 * 1024, KEEP = 1 << 20, FILE_MAX_MB = 1024 };

struct spl_state_file {
    spl_state *state;
    const char *folder;
    char *name;
    spl_buf buffer; /* all of it, or what is not in the spill file yet */
    int spill;      /* or -1 */
    bool append, remove, done;
};

typedef struct seen_file { /* as it was when it was first read; ino 0: it was not there */
    const char *folder, *name;
    ino_t ino;
    off_t size;
    struct timespec time;
} seen_file;

struct spl_state {
    spl_arena *arena;
    const char *dir, *spill;
    pthread_mutex_t lock;            /* writers may run in several threads */
    SPL_VEC(spl_state_file *) files; /* finished ones, in that order */
    SPL_VEC(seen_file) seen;
};

static void state_close(void *ptr)
{
    spl_state *state = ptr;

    pthread_mutex_destroy(&state->lock);
}

spl_state *spl_state_new(spl_arena *arena, const char *dir, const char *spill)
{
    spl_state *state = SPL_NEW(arena, spl_state);

    state->arena = spl_arena_new(spl_arena_account(arena));
    state->dir = dir;
    state->spill = spill ? spill : "/tmp";
    pthread_mutex_init(&state->lock, NULL);
    spl_arena_defer(arena, state_close, state);
    return state;
}

const char *spl_state_name(spl_str name)
{
    if (!name.len) return "must not be empty";
    if (name.data[0] == '.') return "must not begin with a dot";
    if (name.len > NAME_MAX_BYTES) return "must not be longer than 200 bytes";
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];
        if (c == '/' || c == '\\') return "must be a file name without a path";
        if (c < 0x20 || c == 0x7f) return "must not contain control characters";
    }
    return NULL;
}

/* A descriptor that is closed with its arena, on every way out. */
typedef struct held_fd {
    int fd;
} held_fd;

static void close_fd(void *ptr)
{
    held_fd *held = ptr;

    if (held->fd >= 0) close(held->fd);
    held->fd = -1;
}

static held_fd *hold_fd(spl_arena *arena)
{
    held_fd *held = SPL_NEW(arena, held_fd);

    held->fd = -1;
    spl_arena_defer(arena, close_fd, held);
    return held;
}

_Noreturn static void fail(const spl_state *state, const char *folder, const char *name, const char *what, int error)
{
    if (error == ELOOP || error == EMLINK)
        spl_fail(SPL_IO, "\"%s/%s/%s\" is a symbolic link, which the state folder must not hold", state->dir, folder,
                 name);
    spl_fail(SPL_IO, "could not %s \"%s/%s/%s\": %s", what, state->dir, folder, name, strerror(error));
}

/* The folder of the state, held in OWN; -1 where it is not there and not to be made. */
static int open_folder(spl_state *state, spl_arena *own, const char *folder, bool make)
{
    held_fd *top = hold_fd(own), *sub = hold_fd(own);

    if (make && mkdir(state->dir, 0777) != 0 && errno != EEXIST)
        spl_fail(SPL_IO, "could not make the state folder \"%s\": %s", state->dir, strerror(errno));
    top->fd = open(state->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top->fd < 0) {
        if (!make && errno == ENOENT) return -1;
        spl_fail(SPL_IO, "could not open the state folder \"%s\": %s", state->dir, strerror(errno));
    }
    if (make && mkdirat(top->fd, folder, 0777) != 0 && errno != EEXIST) fail(state, folder, "", "make", errno);
    sub->fd = openat(top->fd, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (sub->fd < 0) {
        if (!make && errno == ENOENT) return -1;
        /* with O_DIRECTORY a link to a folder is no folder */
        fail(state, folder, "", "open", errno == ENOTDIR ? ELOOP : errno);
    }
    return sub->fd;
}

static char *c_name(spl_arena *arena, spl_str name)
{
    const char *wrong = spl_state_name(name);

    if (wrong) spl_fail(SPL_REFUSED, "the file name \"%.*s\" %s", SPL_FMT(name), wrong);
    return spl_cstring(arena, name);
}

/* The file, open for reading, held in OWN; -1 where there is none. */
static int open_file(spl_state *state, spl_arena *own, int folder_fd, const char *folder, const char *name)
{
    held_fd *held = hold_fd(own);
    struct stat info;

    held->fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (held->fd < 0) {
        if (errno == ENOENT) return -1;
        fail(state, folder, name, "open", errno);
    }
    if (fstat(held->fd, &info) != 0) fail(state, folder, name, "read", errno);
    if (!S_ISREG(info.st_mode)) spl_fail(SPL_IO, "\"%s/%s/%s\" is no regular file", state->dir, folder, name);
    return held->fd;
}

bool spl_state_has(spl_state *state, const char *folder, spl_str name)
{
    spl_arena *own = spl_arena_new(spl_arena_account(state->arena));
    const char *file = c_name(own, name);
    int fd = open_folder(state, own, folder, false);
    bool has = fd >= 0 && open_file(state, own, fd, folder, file) >= 0;

    spl_arena_free(own);
    return has;
}

/* Adds all of FD to OUT. False: it could not be read; errno tells. */
static bool read_all(int fd, spl_buf *out)
{
    for (;;) {
        char *room = spl_buf_room(out, BUFFER);
        ssize_t got = read(fd, room, BUFFER);

        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return false;
        if (got == 0) return true;
        out->len += (size_t)got;
        if (out->len > (size_t)FILE_MAX_MB << 20) return errno = EFBIG, false;
    }
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t put = write(fd, data, len);

        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false;
        data += put;
        len -= (size_t)put;
    }
    return true;
}

/* What this search has finished writing there, the last one, or NULL. */
static spl_state_file *written_file(spl_state *state, const char *folder, const char *name)
{
    for (size_t i = state->files.len; i-- > 0;) {
        spl_state_file *file = state->files.data[i];
        if (strcmp(file->folder, folder) == 0 && strcmp(file->name, name) == 0) return file;
    }
    return NULL;
}

/* What a file is now; FD -1: it is not there. */
static seen_file look_at(int fd)
{
    seen_file now = {0};
    struct stat info;

    if (fd < 0 || fstat(fd, &info) != 0) return now;
    now.ino = info.st_ino;
    now.size = info.st_size;
    now.time = info.st_mtim;
    return now;
}

static const seen_file *find_seen(const spl_state *state, const char *folder, const char *name)
{
    for (size_t i = 0; i < state->seen.len; i++)
        if (strcmp(state->seen.data[i].folder, folder) == 0 && strcmp(state->seen.data[i].name, name) == 0)
            return &state->seen.data[i];
    return NULL;
}

static void note_seen(spl_state *state, const char *folder, const char *name, int fd)
{
    spl_frame frame;
    seen_file now = look_at(fd);

    pthread_mutex_lock(&state->lock);
    if (SPL_CATCH(&frame)) {
        pthread_mutex_unlock(&state->lock);
        spl_fail(frame.status, "%s", frame.message);
    }
    if (!find_seen(state, folder, name)) {
        now.folder = spl_cstring(state->arena, spl_str_of(folder));
        now.name = spl_cstring(state->arena, spl_str_of(name));
        SPL_PUSH(state->arena, &state->seen, now);
    }
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&state->lock);
}

bool spl_state_read(spl_state *state, spl_arena *arena, const char *folder, spl_str name, bool written, spl_str *text)
{
    spl_arena *own = spl_arena_new(spl_arena_account(state->arena));
    const char *file = c_name(own, name);
    spl_buf out = spl_buf_in(arena);
    bool has = false;

    if (written) {
        pthread_mutex_lock(&state->lock);
        spl_state_file *pending = written_file(state, folder, file);
        pthread_mutex_unlock(&state->lock);
        if (pending) {
            if (!pending->remove) {
                if (pending->spill >= 0) {
                    if (lseek(pending->spill, 0, SEEK_SET) < 0 || !read_all(pending->spill, &out))
                        spl_fail(SPL_IO, "could not read a spill file: %s", strerror(errno));
                }
                spl_buf_add(&out, spl_buf_str(&pending->buffer));
                *text = spl_buf_str(&out);
            }
            has = !pending->remove;
            spl_arena_free(own);
            return has;
        }
    }
    int folder_fd = open_folder(state, own, folder, false);
    int fd = folder_fd >= 0 ? open_file(state, own, folder_fd, folder, file) : -1;
    note_seen(state, folder, file, fd);
    if (fd >= 0) {
        if (!read_all(fd, &out)) fail(state, folder, file, "read", errno);
        *text = spl_buf_str(&out);
        has = true;
    }
    spl_arena_free(own);
    return has;
}

spl_str spl_state_path(spl_state *state, spl_arena *arena, const char *folder, spl_str name)
{
    return spl_strf(arena, "%s/%s/%.*s", state->dir, folder, SPL_FMT(name));
}

/* --- writing --------------------------------------------------------------------------------------------------------
 */

static void file_close(void *ptr)
{
    spl_state_file *file = ptr;

    if (file->spill >= 0) close(file->spill);
    file->spill = -1;
}

static spl_state_file *new_file(spl_state *state, const char *folder, spl_str name)
{
    /* An arena for each, since writers may run in several threads. */
    spl_arena *arena = spl_arena_new(spl_arena_account(state->arena));
    spl_state_file *file = SPL_NEW(arena, spl_state_file);

    file->state = state;
    file->folder = folder;
    file->name = c_name(arena, name);
    file->buffer = spl_buf_in(arena);
    file->spill = -1;
    spl_arena_defer(arena, file_close, file);
    return file;
}

spl_state_file *spl_state_write(spl_state *state, const char *folder, spl_str name, bool append)
{
    spl_state_file *file = new_file(state, folder, name);

    file->append = append;
    (void)spl_state_has(state, folder, name); /* refuses a link now rather than at the end */
    return file;
}

static void spill(spl_state_file *file)
{
    if (file->spill < 0) {
        char *path = spl_cstring(file->buffer.arena, spl_strf(file->buffer.arena, "%s/splXXXXXX", file->state->spill));

        file->spill = mkostemp(path, O_CLOEXEC);
        if (file->spill < 0)
            spl_fail(SPL_IO, "could not make a file in \"%s\": %s", file->state->spill, strerror(errno));
        unlink(path);
    }
    if (!write_all(file->spill, file->buffer.data, file->buffer.len))
        spl_fail(SPL_IO, "could not write to \"%s\": %s", file->state->spill, strerror(errno));
    spl_buf_clear(&file->buffer);
}

void spl_state_put(spl_state_file *file, spl_str text)
{
    spl_buf_add(&file->buffer, text);
    if (file->buffer.len >= KEEP) spill(file);
}

void spl_state_done(spl_state_file *file)
{
    spl_state *state = file->state;
    spl_frame frame;

    file->done = true;
    pthread_mutex_lock(&state->lock);
    if (SPL_CATCH(&frame)) {
        pthread_mutex_unlock(&state->lock);
        spl_fail(frame.status, "%s", frame.message);
    }
    SPL_PUSH(state->arena, &state->files, file);
    spl_frame_leave(&frame);
    pthread_mutex_unlock(&state->lock);
}

void spl_state_remove(spl_state *state, const char *folder, spl_str name)
{
    spl_state_file *file = new_file(state, folder, name);

    file->remove = true;
    spl_state_done(file);
}

/* Warns where another search has changed the file, now open as FD, since this one read it. */
static void tell_changed(const spl_state *state, const spl_state_file *file, int fd, spl_diag *diag)
{
    const seen_file *then = file->append ? NULL : find_seen(state, file->folder, file->name);
    seen_file now = look_at(fd);

    if (!then || (then->ino == now.ino && then->size == now.size && then->time.tv_sec == now.time.tv_sec &&
                  then->time.tv_nsec == now.time.tv_nsec))
        return;
    spl_warning(diag, (spl_span){0}, "state-changed",
                "\"%s/%s/%s\" was changed by another search while this one ran: what that one wrote is replaced",
                state->dir, file->folder, file->name);
    spl_hint(diag, "Searches that add to one lookup run one after the other.");
}

/* The last write of each name counts, but what is appended is added up. */
static void commit_file(spl_state *state, size_t index, spl_diag *diag)
{
    spl_state_file *file = state->files.data[index];
    spl_arena *own = spl_arena_new(spl_arena_account(state->arena));
    int folder = open_folder(state, own, file->folder, true);
    spl_str temp = spl_strf(own, ".%ld-%zu.tmp", (long)getpid(), index);
    held_fd *out = hold_fd(own);
    const char *path = spl_cstring(own, temp);
    bool good = true;

    int before = open_file(state, own, folder, file->folder, file->name); /* refuses a link */
    tell_changed(state, file, before, diag);
    if (file->remove) {
        if (before >= 0 && unlinkat(folder, file->name, 0) != 0 && errno != ENOENT)
            fail(state, file->folder, file->name, "remove", errno);
        spl_arena_free(own);
        return;
    }
    out->fd = openat(folder, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (out->fd < 0 && errno == EEXIST) { /* left by a run that was killed */
        unlinkat(folder, path, 0);
        out->fd = openat(folder, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    }
    if (out->fd < 0) fail(state, file->folder, file->name, "write", errno);
    spl_buf copy = spl_buf_in(own);
    int sources[2] = {file->append ? before : -1, file->spill};
    for (size_t i = 0; good && i < 2; i++) {
        if (sources[i] < 0) continue;
        good = lseek(sources[i], 0, SEEK_SET) >= 0;
        while (good) {
            char *room = spl_buf_room(&copy, BUFFER);
            ssize_t got = read(sources[i], room, BUFFER);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) {
                good = got == 0;
                break;
            }
            good = write_all(out->fd, room, (size_t)got);
        }
    }
    good = good && write_all(out->fd, file->buffer.data, file->buffer.len);
    good = good && fsync(out->fd) == 0;
    good = good && renameat(folder, path, folder, file->name) == 0;
    if (!good) {
        int error = errno;
        unlinkat(folder, path, 0);
        fail(state, file->folder, file->name, "write", error);
    }
    spl_arena_free(own);
}

void spl_state_commit(spl_state *state, spl_diag *diag)
{
    spl_arena *own;
    held_fd *lock;

    if (!state->files.len) return;
    own = spl_arena_new(spl_arena_account(state->arena));
    (void)open_folder(state, own, state->files.data[0]->folder, true);
    lock = hold_fd(own); /* two searches that end together add to a file one after the other */
    lock->fd =
        open(spl_cstring(own, spl_strf(own, "%s/.lock", state->dir)), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (lock->fd < 0) fail(state, ".", ".lock", "open", errno);
    while (flock(lock->fd, LOCK_EX) != 0 && errno == EINTR) {
    }
    for (size_t i = 0; i < state->files.len; i++) {
        spl_state_file *file = state->files.data[i];
        if (!file->append && written_file(state, file->folder, file->name) != file) continue; /* written again later */
        commit_file(state, i, diag);
    }
    state->files.len = 0;
    spl_arena_free(own);
}
