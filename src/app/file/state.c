/* SPDX-License-Identifier: MIT */
/** @file
 *  What is remembered of a partial file: whose it is, how much of it is sure. A small text file
 *  beside it whose name begins with a dot, so that no received file can ever have that name
 *  (jingle_safe_name()), and is a hash of who offered what, so that nobody else comes upon it. */
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/** States that are looked at for a file whose size is not known. */
#define LOOKS 10000u
/** Octets of a state file; ours are far smaller. */
#define STATE_MAX 4096u
#define FIRST_LINE "jingle-part 1\n"
#define SUM "sum "

/* ---- whose --------------------------------------------------------------------------------- */

int jingle__state_init(jingle__state_t *state, const char *peer, const char *name, uint64_t size)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    char number[32];
    int err = JINGLE_EMEM;

    memset(state, 0, sizeof *state);
    state->file_size = size;
    state->date = JINGLE_FILE_DATE_UNKNOWN;
    snprintf(number, sizeof number, "%" PRIu64, size);
    /* A bare JID; the NUL is in none of the three. */
    if (context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
        EVP_DigestUpdate(context, peer, strcspn(peer, "/")) && EVP_DigestUpdate(context, "", 1) &&
        EVP_DigestUpdate(context, name, strlen(name) + 1) &&
        EVP_DigestUpdate(context, number, strlen(number)) &&
        EVP_DigestFinal_ex(context, state->key.value, NULL))
        err = JINGLE_EOK;
    EVP_MD_CTX_free(context);
    state->key.algo = JINGLE_HASH_SHA_256;
    state->key.len = 32;
    return err;
}

#define NAME_SIZE 64
#define PREFIX ".jingle-"

/** @param suffix "" or that of the file that becomes it */
static void name_of(const jingle__state_t *state, const char *suffix, char name[NAME_SIZE])
{
    char hex[2 * JINGLE_HASH_MAX + 1];

    snprintf(name, NAME_SIZE, PREFIX "%.32s%s", jingle_hash_to_hex(&state->key, hex), suffix);
}

static bool sum_of(const char *text, size_t len, char hex[2 * JINGLE_HASH_MAX + 1])
{
    jingle_hash_t sum = {.algo = JINGLE_HASH_SHA_256, .len = 32};

    if (!EVP_Digest(text, len, sum.value, NULL, EVP_sha256(), NULL))
        return false;
    jingle_hash_to_hex(&sum, hex);
    return true;
}

/* ---- writing ------------------------------------------------------------------------------- */

static size_t print_hash(char *text, size_t room, const char *word, const jingle_hash_t *hash)
{
    char hex[2 * JINGLE_HASH_MAX + 1];

    return (size_t)snprintf(text, room, "%s %s %s\n", word, jingle_hash_name(hash->algo),
                            jingle_hash_to_hex(hash, hex));
}

/** @return octets; 0: it cannot be made */
static size_t print_state(const jingle__state_t *state, char text[STATE_MAX])
{
    char hex[2 * JINGLE_HASH_MAX + 1];
    size_t len = (size_t)snprintf(text, STATE_MAX,
                                  FIRST_LINE "key %s\npart %s\ninode %" PRIu64 "\nsize %" PRIu64
                                             "\ntries %u\n",
                                  jingle_hash_to_hex(&state->key, hex), state->part, state->inode,
                                  state->file_size, state->tries);

    if (state->date != JINGLE_FILE_DATE_UNKNOWN)
        len += (size_t)snprintf(text + len, STATE_MAX - len, "date %" PRId64 "\n", state->date);
    for (size_t i = 0; i < state->n_hashes; i++)
        len += print_hash(text + len, STATE_MAX - len, "hash", &state->hashes[i]);
    if (state->offset) {
        len += (size_t)snprintf(text + len, STATE_MAX - len, "at %" PRIu64 "\n", state->offset);
        len += print_hash(text + len, STATE_MAX - len, "is", &state->hash);
    }
    if (!sum_of(text, len, hex))
        return 0;
    return len + (size_t)snprintf(text + len, STATE_MAX - len, SUM "%s\n", hex);
}

static bool write_all(int fd, const char *text, size_t len)
{
    while (len) {
        ssize_t n = write(fd, text, len);

        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            text += n;
            len -= (size_t)n;
        }
    }
    return true;
}

int jingle__state_write(const jingle__state_t *state, int folder)
{
    char text[STATE_MAX], name[NAME_SIZE], fresh[NAME_SIZE];
    size_t len = print_state(state, text);
    int fd;
    bool ok;

    name_of(state, "", name);
    name_of(state, ".new", fresh);
    /* One that a crash has left. */
    unlinkat(folder, fresh, 0);
    fd = openat(folder, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return JINGLE_EIO;
    ok = len && write_all(fd, text, len);
    ok = !close(fd) && ok && !renameat(folder, fresh, folder, name);
    if (!ok)
        unlinkat(folder, fresh, 0);
    return ok ? JINGLE_EOK : JINGLE_EIO;
}

/* ---- reading: whatever is not exactly what is written above is nothing ---------------------- */

static bool read_file(int folder, const char *name, char text[STATE_MAX])
{
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    ssize_t n = -1;

    if (fd < 0)
        return false;
    if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_uid == geteuid())
        n = pread(fd, text, STATE_MAX - 1, 0);
    close(fd);
    if (n <= 0 || memchr(text, '\0', (size_t)n))
        return false;
    text[n] = '\0';
    return true;
}

/** Takes the last line off a text if it is the right sum of all before. */
static bool check_sum(char *text)
{
    char line[2 * JINGLE_HASH_MAX + sizeof SUM + 2], hex[2 * JINGLE_HASH_MAX + 1];
    char *last = strstr(text, "\n" SUM);

    if (!last || !sum_of(text, (size_t)(++last - text), hex))
        return false;
    snprintf(line, sizeof line, SUM "%s\n", hex);
    if (strcmp(last, line) != 0)
        return false;
    *last = '\0';
    return true;
}

static bool read_u64(const char *text, uint64_t *number)
{
    size_t len = strspn(text, "0123456789");

    if (!len || len > 20 || text[len])
        return false;
    errno = 0;
    *number = strtoull(text, NULL, 10);
    return !errno;
}

static bool read_date(const char *text, int64_t *date)
{
    bool before = *text == '-';
    uint64_t number;

    if (!read_u64(text + before, &number) || number > INT64_MAX)
        return false;
    *date = before ? -(int64_t)number : (int64_t)number;
    return true;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hash(char *text, jingle_hash_t *hash)
{
    char *hex = strchr(text, ' ');

    memset(hash, 0, sizeof *hash);
    if (!hex)
        return false;
    *hex++ = '\0';
    hash->algo = jingle_hash_from_name(text);
    hash->len = jingle__hash_len(hash->algo);
    if (!hash->len || strlen(hex) != 2 * hash->len)
        return false;
    for (size_t i = 0; i < hash->len; i++) {
        int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        hash->value[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

static bool read_line(jingle__state_t *state, char *line)
{
    char *value = strchr(line, ' ');
    jingle_hash_t hash;
    uint64_t number;

    if (!value)
        return false;
    *value++ = '\0';
    if (!strcmp(line, "key"))
        return strlen(value) == 64;
    if (!strcmp(line, "part"))
        return (size_t)snprintf(state->part, sizeof state->part, "%s", value) < sizeof state->part;
    if (!strcmp(line, "inode"))
        return read_u64(value, &state->inode);
    if (!strcmp(line, "size"))
        return read_u64(value, &number) && number == state->file_size;
    if (!strcmp(line, "date"))
        return read_date(value, &state->date);
    if (!strcmp(line, "at"))
        return read_u64(value, &state->offset);
    if (!strcmp(line, "is"))
        return read_hash(value, &state->hash);
    if (!strcmp(line, "tries") && read_u64(value, &number) && number < 1000) {
        state->tries = (unsigned)number;
        return true;
    }
    if (strcmp(line, "hash") != 0 || !read_hash(value, &hash))
        return false;
    jingle__hash_add(state->hashes, &state->n_hashes, &hash);
    return true;
}

/** Is it the state of just that peer and file? The name alone holds only a part of the hash. */
static bool has_key(const jingle__state_t *state, const char *text)
{
    char hex[2 * JINGLE_HASH_MAX + 1];

    jingle_hash_to_hex(&state->key, hex);
    return !strncmp(text, "key ", 4) && !strncmp(text + 4, hex, 64) && text[68] == '\n';
}

static bool parse(jingle__state_t *state, char *text)
{
    char *line = text + strlen(FIRST_LINE);

    if (strncmp(text, FIRST_LINE, strlen(FIRST_LINE)) != 0 || !check_sum(text) ||
        !has_key(state, line))
        return false;
    while (*line) {
        char *end = strchr(line, '\n');

        if (!end)
            return false;
        *end = '\0';
        if (!read_line(state, line))
            return false;
        line = end + 1;
    }
    return *state->part && (!state->offset || state->hash.len);
}

bool jingle__state_read(jingle__state_t *state, int folder)
{
    jingle__state_t read = {
        .key = state->key, .file_size = state->file_size, .date = JINGLE_FILE_DATE_UNKNOWN};
    char text[STATE_MAX], name[NAME_SIZE];

    name_of(state, "", name);
    if (!read_file(folder, name, text) || !parse(&read, text))
        return false;
    *state = read;
    return true;
}

/* ---- looking for it ------------------------------------------------------------------------- */

/** A part of the key. @return 0 when there is none */
static uint64_t size_in(char *text)
{
    static const char word[] = "\nsize ";
    char *line = strstr(text, word), *end;
    uint64_t size;

    if (!line)
        return 0;
    line += strlen(word);
    end = strchr(line, '\n');
    if (!end)
        return 0;
    *end = '\0';
    return read_u64(line, &size) ? size : 0;
}

/** Is what has that name in the folder the state of such a file? */
static bool is_state_of(jingle__state_t *state, const char *peer, const char *name, int folder,
                        const char *there)
{
    char text[STATE_MAX], own[NAME_SIZE];
    uint64_t size;

    if (strncmp(there, PREFIX, strlen(PREFIX)) != 0 || !read_file(folder, there, text))
        return false;
    size = size_in(text);
    if (!size || jingle__state_init(state, peer, name, size))
        return false;
    name_of(state, "", own);
    return !strcmp(own, there) && jingle__state_read(state, folder);
}

static bool is_newer(int folder, const char *name, struct timespec *than)
{
    struct stat st;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) || st.st_mtim.tv_sec < than->tv_sec ||
        (st.st_mtim.tv_sec == than->tv_sec && st.st_mtim.tv_nsec < than->tv_nsec))
        return false;
    *than = st.st_mtim;
    return true;
}

bool jingle__state_find(jingle__state_t *state, const char *peer, const char *name, int folder)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct timespec newest = {0};
    struct dirent *entry;
    bool found = false;

    if (!dir) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    /* Nobody else reads this directory. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    for (unsigned looks = 0; looks < LOOKS && (entry = readdir(dir));) {
        jingle__state_t there;

        looks += !strncmp(entry->d_name, PREFIX, strlen(PREFIX));
        if (!is_state_of(&there, peer, name, folder, entry->d_name) ||
            !is_newer(folder, entry->d_name, &newest))
            continue;
        *state = there;
        found = true;
    }
    closedir(dir);
    return found;
}

void jingle__state_remove(const jingle__state_t *state, int folder)
{
    jingle__state_t there = *state;
    char name[NAME_SIZE];

    /* Another process may have begun the same file meanwhile. */
    if (jingle__state_read(&there, folder) && strcmp(there.part, state->part) != 0)
        return;
    name_of(state, "", name);
    unlinkat(folder, name, 0);
}
