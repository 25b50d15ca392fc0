/* Loaded into opd with LD_PRELOAD: writes down what becomes of the files of its database, in order, and lets
 * calls fail when it is told to.
 *
 * RECORDER_UNDER  the data directory; only its opd.db, opd.db-wal and log.checkpoint files are looked at.
 * RECORDER_TO     where to write; without it nothing is written down. Each record is a byte for the operation
 *                 (w write, t truncate, s sync, r rename, u unlink), three little-endian 64-bit numbers (length
 *                 of the path, offset, length of the data), the path, and the data: the octets written, or the
 *                 new name.
 * RECORDER_TROUBLE a file; while it is there and holds "sync ERRNO" or "write ERRNO", such calls fail. With
 *                 " once" behind it, only the first does. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int record = -1;

static ssize_t (*real_write)(int, const void *, size_t);

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
    real_write = real("write");
    const char *to = getenv("RECORDER_TO");
    if (to) {
        record = open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (record < 0) abort();
    }
}

/* Whether a path is one of those that are looked at. */
static int is_ours(const char *path) {
    const char *under = getenv("RECORDER_UNDER");
    if (!under) return 0;
    size_t length = strlen(under);
    if (strncmp(path, under, length)) return 0;
    if (!path[length]) return 1;
    const char *name = path + length + 1;
    size_t end = strlen(name);
    if (end > 4 && !strcmp(name + end - 4, "-shm")) return 0;
    return !strncmp(name, "opd.db", 6) ? !strstr(name, ".lock") : !strncmp(name, "log.checkpoint", 14);
}

/* The path of an open file, if it is one of ours. */
static int path_of(int file, char path[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_ours(path);
}

static void whole(const void *octets, size_t length) {
    if (real_write(record, octets, length) != (ssize_t)length) abort();
}

static void note(char operation, const char *path, uint64_t offset, const void *data, uint64_t length) {
    if (record < 0) return;
    uint64_t numbers[3] = {strlen(path), offset, length};
    size_t size = 1 + sizeof numbers + numbers[0] + length;
    char *octets = malloc(size), *end = octets;
    if (!octets) abort();
    *end++ = operation;
    end = mempcpy(end, numbers, sizeof numbers);
    end = mempcpy(end, path, numbers[0]);
    memcpy(end, data, length);
    whole(octets, size);
    free(octets);
}

/* The error that such a call is to fail with, or 0. */
static int trouble(const char *call) {
    const char *path = getenv("RECORDER_TROUBLE");
    FILE *file = path ? fopen(path, "re") : NULL;
    if (!file) return 0;
    char wanted[16] = "", often[16] = "";
    int error = 0, read = fscanf(file, "%15s %d %15s", wanted, &error, often);
    fclose(file);
    if (read < 2 || strcmp(wanted, call)) return 0;
    if (!strcmp(often, "once")) unlink(path);
    return error;
}

#define FAIL_IF(call)                       \
    do {                                    \
        int error = trouble(call);          \
        if (error) {                        \
            pthread_mutex_unlock(&turn);    \
            errno = error;                  \
            return -1;                      \
        }                                   \
    } while (0)

static ssize_t positioned(const char *name, int file, const void *data, size_t length, off_t offset) {
    ssize_t (*call)(int, const void *, size_t, off_t) = real(name);
    char path[PATH_MAX];
    if (!path_of(file, path)) return call(file, data, length, offset);
    pthread_mutex_lock(&turn);
    FAIL_IF("write");
    ssize_t written = call(file, data, length, offset);
    if (written > 0) note('w', path, (uint64_t)offset, data, (uint64_t)written);
    pthread_mutex_unlock(&turn);
    return written;
}

ssize_t pwrite(int file, const void *data, size_t length, off_t offset) {
    return positioned("pwrite", file, data, length, offset);
}

ssize_t pwrite64(int file, const void *data, size_t length, off64_t offset) {
    return positioned("pwrite64", file, data, length, offset);
}

ssize_t write(int file, const void *data, size_t length) {
    if (!real_write) real_write = real("write");
    char path[PATH_MAX];
    if (file == record || !path_of(file, path)) return real_write(file, data, length);
    pthread_mutex_lock(&turn);
    FAIL_IF("write");
    off_t offset = lseek(file, 0, SEEK_CUR);
    ssize_t written = real_write(file, data, length);
    if (written > 0) note('w', path, (uint64_t)offset, data, (uint64_t)written);
    pthread_mutex_unlock(&turn);
    return written;
}

static int shortened(const char *name, int file, off_t length) {
    int (*call)(int, off_t) = real(name);
    char path[PATH_MAX];
    if (!path_of(file, path)) return call(file, length);
    pthread_mutex_lock(&turn);
    FAIL_IF("write");
    int answer = call(file, length);
    if (!answer) note('t', path, (uint64_t)length, "", 0);
    pthread_mutex_unlock(&turn);
    return answer;
}

int ftruncate(int file, off_t length) { return shortened("ftruncate", file, length); }

int ftruncate64(int file, off64_t length) { return shortened("ftruncate64", file, length); }

static int synced(const char *name, int file) {
    int (*call)(int) = real(name);
    char path[PATH_MAX];
    if (!path_of(file, path)) return call(file);
    pthread_mutex_lock(&turn);
    FAIL_IF("sync");
    int answer = call(file);
    if (!answer) note('s', path, 0, "", 0);
    pthread_mutex_unlock(&turn);
    return answer;
}

int fsync(int file) { return synced("fsync", file); }

int fdatasync(int file) { return synced("fdatasync", file); }

int rename(const char *from, const char *to) {
    int (*call)(const char *, const char *) = real("rename");
    if (!is_ours(to)) return call(from, to);
    pthread_mutex_lock(&turn);
    FAIL_IF("write");
    int answer = call(from, to);
    if (!answer) note('r', from, 0, to, strlen(to));
    pthread_mutex_unlock(&turn);
    return answer;
}

int unlink(const char *path) {
    int (*call)(const char *) = real("unlink");
    if (!is_ours(path)) return call(path);
    pthread_mutex_lock(&turn);
    int answer = call(path);
    if (!answer) note('u', path, 0, "", 0);
    pthread_mutex_unlock(&turn);
    return answer;
}
