/* SPDX-License-Identifier: MIT */
/** @file
 *  Keeps the sessions of a manager in a folder: to be included by one file of a program.
 *
 *    store_t store;
 *    store_open(&store, "state", true);
 *    jingle_set_tell_changes(jingle, true);
 *    JINGLE_EVENT_CHANGED:    store_save(&store, event->session);
 *    JINGLE_EVENT_TERMINATED: store_forget(&store, event->session);
 *    connected again:         store_restore_all(&store, jingle, restored, userdata);
 *
 *  Each session has a file, and the session's user pointer is the name of it. The folder must be
 *  nobody else's: what is in it is believed. */
#ifndef STORE_H
#define STORE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jingle/jingle.h>

#define STORE_NAME 32 /* octets of a file's name, with its end */

typedef struct {
    int folder;
    unsigned long number; /**< of the session's file that was made last */
    bool
        sync; /**< what is written is on the disk: it outlives the machine, not the process alone */
} store_t;

/** Tells of a session that is there again. */
typedef void (*store_restored_fn)(jingle_session_t *session, void *userdata);

/** Makes the folder, if it is not there. @return false: errno says why */
static bool store_open(store_t *store, const char *path, bool sync)
{
    mkdir(path, 0700);
    *store = (store_t){.folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .sync = sync};
    return store->folder >= 0;
}

static void store_close(store_t *store)
{
    if (store->folder >= 0)
        close(store->folder);
    store->folder = -1;
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool store__write_all(int fd, const unsigned char *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);

        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

/** Either the old state or the new one is there, whatever happens. */
static bool store__replace(const store_t *store, const char *name, const unsigned char *data,
                           size_t len)
{
    int fd = openat(store->folder, "new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && store__write_all(fd, data, len) && (!store->sync || fsync(fd) == 0);

    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    return ok && renameat(store->folder, "new", store->folder, name) == 0 &&
           (!store->sync || fsync(store->folder) == 0);
}

static const char *store__name_of(store_t *store, jingle_session_t *session)
{
    char *name = jingle_session_get_user(session);

    if (name || !(name = malloc(STORE_NAME)))
        return name;
    do
        snprintf(name, STORE_NAME, "session-%lu", ++store->number);
    while (faccessat(store->folder, name, F_OK, 0) == 0);
    jingle_session_set_user(session, name, free);
    return name;
}

/** A session that cannot be saved goes on as any other: it just does not outlive us. */
static void store_save(store_t *store, jingle_session_t *session)
{
    const char *name = store__name_of(store, session);
    unsigned char room[2048], *data = room, *heap = NULL;
    size_t len = 0;
    int err = name ? jingle_save(session, data, sizeof room, &len) : JINGLE_EMEM;

    if (err == JINGLE_ELIMIT && len <= JINGLE_SAVE_MAX) {
        data = heap = malloc(len);
        err = data ? jingle_save(session, data, len, &len) : JINGLE_EMEM;
    }
    if (!err && !store__replace(store, name, data, len))
        err = JINGLE_EIO;
    if (err)
        fprintf(stderr, "%s cannot be saved: %s\n", jingle_session_get_sid(session),
                jingle_strerror(err));
    free(heap);
}

static void store_forget(store_t *store, jingle_session_t *session)
{
    const char *name = jingle_session_get_user(session);

    if (name)
        unlinkat(store->folder, name, 0);
}

/* ---- reading --------------------------------------------------------------------------------- */

/** @return octets, to be freed; NULL when there are none */
static unsigned char *store__read(const store_t *store, const char *name, size_t *len,
                                  uint64_t *away)
{
    int fd = openat(store->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    unsigned char *data = NULL;
    struct stat st;
    time_t now = time(NULL);

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && st.st_size > 0 && (uint64_t)st.st_size <= JINGLE_SAVE_MAX &&
        (data = malloc((size_t)st.st_size)) != NULL &&
        read(fd, data, (size_t)st.st_size) != st.st_size) {
        free(data);
        data = NULL;
    }
    *len = data ? (size_t)st.st_size : 0;
    *away = data && now > st.st_mtime ? (uint64_t)(now - st.st_mtime) * 1000 : 0;
    close(fd);
    return data;
}

/** What cannot be had now, with this JID or this library, is left for another time. */
static jingle_session_t *store__restore(store_t *store, jingle_t *jingle, const char *name)
{
    jingle_session_t *session = NULL;
    uint64_t away = 0;
    size_t len = 0;
    unsigned char *data = store__read(store, name, &len, &away);
    char *user = data ? strdup(name) : NULL;
    int err = user ? jingle_restore(jingle, data, len,
                                    JINGLE_RESTORE(.away = away, .user = user, .user_free = free,
                                                   .repeat = true),
                                    &session)
                   : JINGLE_EIO;

    free(data);
    if (err && err != JINGLE_EEXIST)
        fprintf(stderr, "%s: %s\n", name, jingle_strerror(err));
    if (err == JINGLE_EDATA || err == JINGLE_EINVOP) /* nobody can make anything of it any more */
        unlinkat(store->folder, name, 0);
    return err ? NULL : session;
}

/** Names first: restoring writes into the folder. @return how many; the list is to be freed */
static size_t store__list(const store_t *store, char (**names)[STORE_NAME])
{
    int fd = openat(store->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    size_t n = 0, size = 0;

    *names = NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (strncmp(entry->d_name, "session-", 8) != 0 || strlen(entry->d_name) >= STORE_NAME)
            continue;
        if (n == size) {
            void *grown = realloc(*names, (size = 2 * size + 64) * sizeof **names);
            if (!grown)
                break;
            *names = grown;
        }
        strcpy((*names)[n++], entry->d_name);
    }
    if (folder)
        closedir(folder);
    else if (fd >= 0)
        close(fd);
    return n;
}

/** Call it when the manager can send, and has its JID. @return how many sessions are there again */
static size_t store_restore_all(store_t *store, jingle_t *jingle, store_restored_fn restored,
                                void *userdata)
{
    char(*names)[STORE_NAME];
    size_t n = store__list(store, &names), count = 0;

    for (size_t i = 0; i < n; i++) {
        jingle_session_t *session = store__restore(store, jingle, names[i]);

        if (!session)
            continue;
        count++;
        if (restored)
            restored(session, userdata);
    }
    free(names);
    return count;
}

#endif
