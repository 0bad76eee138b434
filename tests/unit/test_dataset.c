/* test_dataset.c -- DATA: files, folders, pipes, compressed and UTF-16 files, and what goes wrong with them. */
#include "reader_support.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static char folder[] = "/tmp/spl-test-XXXXXX";

static int setup(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    char command[200];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static const char *path_of(const char *name)
{
    static char path[2][400];
    static int turn;

    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static void write_file(const char *name, const void *data, size_t len)
{
    FILE *file = fopen(path_of(name), "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    fclose(file);
}

typedef struct opened {
    spl_account *account;
    spl_query query;
    spl_dataset *data;
    spl_status status; /* of the failure, or 0 */
    char message[512];
} opened;

static opened *open_paths(const char *const *paths, size_t count)
{
    spl_account_config config = {.separate = true};
    spl_account *account = spl_account_new(&config);
    spl_arena *arena;
    opened *volatile o = calloc(1, sizeof *o);
    spl_frame frame;

    o->account = account;
    if (SPL_CATCH(&frame)) {
        o->status = frame.status;
        strcpy(o->message, frame.message);
        return o;
    }
    arena = spl_arena_new(account);
    o->query = (spl_query){.account = account,
                           .arena = arena,
                           .fields = spl_fields_new(arena),
                           .diag = spl_diag_new(arena),
                           .deadline = HUGE_VAL,
                           .spill_dir = folder};
    o->data = spl_dataset_open(&o->query, &(spl_data_options){.paths = paths, .count = count});
    spl_frame_leave(&frame);
    return o;
}

static opened *open_one(const char *path)
{
    return open_paths(&path, 1);
}

static void close_data(opened *o)
{
    spl_account_free(o->account);
    free(o);
}

static void assert_map(opened *o, size_t i, spl_str text)
{
    spl_str map;

    if (o->status) fail_msg("%s", o->message);
    map = spl_input_map(spl_dataset_at(o->data, i));
    assert_int_equal(map.len, text.len);
    assert_memory_equal(map.data, text.data, text.len);
    assert_false(spl_input_is_pipe(spl_dataset_at(o->data, i)));
}

static void files_and_folders(void **state)
{
    static const char *const names[] = {"d/a.log", "d/b/c.log", "d/z.log"};
    opened *o;

    (void)state;
    mkdir(path_of("d"), 0700);
    mkdir(path_of("d/b"), 0700);
    mkdir(path_of("none"), 0700);
    write_file("none/.hidden", "x", 1);
    for (int i = 2; i >= 0; i--) write_file(names[i], names[i], strlen(names[i]));
    write_file("d/.hidden", "x", 1);
    write_file("empty", "", 0);
    assert_int_equal(symlink("..", path_of("d/b/up")), 0);
    o = open_one(path_of("d/"));
    assert_int_equal(o->status, 0);
    assert_int_equal(spl_dataset_len(o->data), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_map(o, i, spl_str_of(names[i]));
        assert_string_equal(spl_dataset_at(o->data, i)->path, path_of(names[i]));
        assert_int_equal(spl_dataset_at(o->data, i)->number, i);
    }
    assert_int_equal(spl_diag_len(o->query.diag), 1); /* the loop */
    close_data(o);
    o = open_one(path_of("empty"));
    assert_map(o, 0, SPL_S(""));
    close_data(o);
}

static void failures(void **state)
{
    opened *o = open_one("/nowhere/at all");

    (void)state;
    assert_int_equal(o->status, SPL_IO);
    assert_string_equal(o->message, "could not read \"/nowhere/at all\": No such file or directory");
    close_data(o);
    o = open_one(path_of("none"));
    assert_int_equal(o->status, SPL_IO);
    assert_non_null(strstr(o->message, "holds no files"));
    close_data(o);
    write_file("bad.gz", "\x1F\x8B\x08\x00nonsense nonsense", 20);
    o = open_one(path_of("bad.gz"));
    assert_int_equal(o->status, SPL_IO);
    close_data(o);
    write_file("a.xz",
               "\xFD"
               "7zXZ\0....",
               10);
    o = open_one(path_of("a.xz"));
    assert_int_equal(o->status, SPL_IO);
    assert_non_null(strstr(o->message, "gzip and Zstandard"));
    close_data(o);
    if (geteuid() != 0) {
        write_file("secret", "x", 1);
        chmod(path_of("secret"), 0);
        o = open_one(path_of("secret"));
        assert_int_equal(o->status, SPL_IO);
        close_data(o);
    }
}

static char *big_text(size_t *len)
{
    char *text = malloc(1 << 20);

    *len = 0;
    for (int i = 0; *len < (1 << 20) - 100; i++) *len += (size_t)sprintf(text + *len, "line %d of some text\n", i);
    return text;
}

static void compressed(void **state)
{
    size_t len, half, n, got = 0;
    char *text = big_text(&len), *packed = malloc(2 << 20), *back = malloc(len);
    opened *o;
    gzFile file = gzopen(path_of("t.gz"), "wb");

    (void)state;
    half = len / 2; /* two members */
    gzwrite(file, text, (unsigned)half);
    gzclose(file);
    file = gzopen(path_of("t.gz"), "ab");
    gzwrite(file, text + half, (unsigned)(len - half));
    gzclose(file);
    o = open_one(path_of("t.gz"));
    assert_int_equal(o->status, 0);
    assert_true(spl_input_is_pipe(spl_dataset_at(o->data, 0)));
    while ((n = spl_input_read(spl_dataset_at(o->data, 0), back + got, len - got < 7777 ? len - got + 1 : 7777)) > 0)
        got += n;
    assert_int_equal(got, len);
    assert_memory_equal(back, text, len);
    assert_map(o, 0, spl_str_cut(text, len)); /* and once more */
    close_data(o);
    n = ZSTD_compress(packed, 2 << 20, text, len, 1);
    write_file("t.zst", packed, n);
    o = open_one(path_of("t.zst"));
    assert_map(o, 0, spl_str_cut(text, len));
    close_data(o);
    write_file("cut.zst", packed, n / 2);
    o = open_one(path_of("cut.zst"));
    if (!o->status) {
        spl_frame frame;

        if (SPL_CATCH(&frame)) {
            o->status = frame.status;
        } else {
            spl_input_map(spl_dataset_at(o->data, 0));
            spl_frame_leave(&frame);
        }
    }
    assert_int_equal(o->status, SPL_IO);
    close_data(o);
    free(text);
    free(packed);
    free(back);
}

static void utf16(void **state)
{
    opened *o;

    (void)state;
    write_file("le",
               "\xFF\xFE"
               "a\0\xE9\0=\xD8\0\xDE\n\0\0\xD8x\0y",
               17);
    o = open_one(path_of("le"));
    assert_map(o, 0, SPL_S("a\xC3\xA9\xF0\x9F\x98\x80\n\xEF\xBF\xBDx\xEF\xBF\xBD"));
    close_data(o);
    write_file("be", "\xFE\xFF\0a\0\n\xD8\x3D", 8);
    o = open_one(path_of("be"));
    assert_map(o, 0, SPL_S("a\n\xEF\xBF\xBD"));
    close_data(o);
}

static void pipes(void **state)
{
    size_t len;
    char *text = big_text(&len);
    opened *o;
    pid_t child;

    (void)state;
    assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
    child = fork();
    if (child == 0) {
        FILE *file = fopen(path_of("fifo"), "wb");

        fwrite(text, 1, len, file);
        fclose(file);
        _exit(0);
    }
    o = open_one(path_of("fifo"));
    assert_int_equal(o->status, 0);
    assert_true(spl_input_is_pipe(spl_dataset_at(o->data, 0)));
    assert_map(o, 0, spl_str_cut(text, len));
    close_data(o);
    free(text);
}

static void shrinking_file(void **state)
{
    size_t len;
    char *text = big_text(&len);
    opened *o;

    (void)state;
    write_file("shrinks", text, len);
    o = open_one(path_of("shrinks"));
    assert_map(o, 0, spl_str_cut(text, len));
    assert_int_equal(truncate(path_of("shrinks"), 0), 0);
    assert_map(o, 0, spl_str_cut(text, len)); /* just written: read into a spool */
    close_data(o);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_and_folders),
        cmocka_unit_test(failures),
        cmocka_unit_test(compressed),
        cmocka_unit_test(utf16),
        cmocka_unit_test(pipes),
        cmocka_unit_test(shrinking_file),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
