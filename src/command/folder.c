/* SPDX-License-Identifier: MIT */
/** @file
 *  A folder to be sent, as one archive. XEP-0234 has no folders, and names with slashes are refused
 *  by whoever is careful; tar everybody can unpack. */
#define _XOPEN_SOURCE 700 /* realpath(), which POSIX has as an option */
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "progress.h"
#include "report.h"
#include "settings.h"

#define SMALL_MS 100u /* most folders take less: until then it is looked often */

/** As a child with the archive as its standard output, and no other descriptor of ours (all are closed by
 *  exec): nothing of the name is ever an option. Ctrl-C is for us, who end it then. */
static pid_t run_tar(const char *parent, const char *name, int fd)
{
    pid_t child = fork();

    if (child == 0) {
        signal(SIGINT, SIG_IGN);
        dup2(fd, STDOUT_FILENO);
        if (fd > STDERR_FILENO)
            close(fd);
        execlp("tar", "tar", "-C", parent, "-cf", "-", "--", name, (char *)NULL);
        _exit(127);
    }
    return child;
}

static char *join(const char *a, size_t a_len, const char *b)
{
    char *text = must_alloc(NULL, a_len + strlen(b) + 1);

    memcpy(text, a, a_len);
    strcpy(text + a_len, b);
    return text;
}

/** @param name the folder's own, in its parent */
static bool pack(const char *parent, const char *name, archive_t *archive)
{
    const char *tmp = getenv("TMPDIR");
    bool no_place;
    int fd, number;

    tmp = tmp && *tmp ? tmp : "/tmp";
    archive->path = join(tmp, strlen(tmp), "/jingle.XXXXXX");
    fd = mkstemp(archive->path);
    if (fd < 0)
        *archive->path = '\0';
    archive->packer = fd < 0 ? -1 : run_tar(parent, name, fd);
    number = errno;
    no_place = fd < 0;
    if (fd >= 0)
        close(fd);
    if (archive->packer > 0) {
        signals_child(archive->packer, archive->path);
        archive->name = join(name, strlen(name), ".tar");
        return true;
    }
    archive->packer = 0;
    folder_drop(archive);
    if (no_place)
        snprintf(archive->why, sizeof archive->why,
                 "no archive can be made below %.300s: %s; set TMPDIR to another folder", tmp,
                 strerror(number));
    errno = number;
    return false;
}

static bool start(const char *path, archive_t *archive)
{
    char *whole = realpath(path, NULL), *name = whole ? strrchr(whole, '/') + 1 : NULL;
    bool ok = false;

    *archive = (archive_t){.folder = path, .size = folder_octets(path)};
    if (name && !*name) {
        errno = EINVAL; /* the root: nothing to call the archive by */
    } else if (name) {
        name[-1] = '\0';
        ok = pack(name - 1 > whole ? whole : "/", name, archive);
    }
    free(whole);
    return ok;
}

static uint64_t octets_of(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

/** "tar (GNU tar) 1.34". What ends with 1 for every error, be it that the disk is full, is not. */
static bool is_gnu_tar(void)
{
    /* A fixed command. NOLINTNEXTLINE(cert-env33-c) */
    FILE *tar = popen("exec tar --version </dev/null 2>/dev/null", "r");
    char line[128];
    bool gnu = tar && fgets(line, sizeof line, tar) && strstr(line, "(GNU tar)");

    if (tar)
        pclose(tar);
    return gnu;
}

static int find_unreadable(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)where;
    return type == FTW_DNR || type == FTW_NS ||
           (type == FTW_F && S_ISREG(status->st_mode) && access(path, R_OK) != 0);
}

static bool is_readable(const char *path)
{
    char *whole = realpath(path, NULL);
    bool is = !whole || nftw(whole, find_unreadable, 16, FTW_PHYS) == 0;

    free(whole);
    return is;
}

/** Of the tar that has ended; what it has to say stands on the terminal already.
 *  @return why there is no archive; NULL: there is one */
static const char *failure_of(int state, const char *path)
{
    int status = WIFEXITED(state) ? WEXITSTATUS(state) : -1;

    if (status == 127)
        return "there is no tar";
    /* GNU's: something was written while it was read. */
    if (status == 1 && is_gnu_tar()) {
        report_warning("incomplete", path, "tar has complained; what it has packed is sent");
        return NULL;
    }
    if (status == 0)
        return NULL;
    return is_readable(path) ? "tar could not pack it"
                             : "tar could not read all of it; make what it names readable, or move "
                               "it out of the folder";
}

/** It is offered again and again when the connection breaks, and is gone with us whatever happens. Where
 *  nothing leads to a file that is open (in a chroot without /proc) it keeps its name until it is dropped. */
static bool open_nameless(archive_t *archive)
{
    char path[32];

    archive->fd = open(archive->path, O_RDONLY | O_CLOEXEC);
    if (archive->fd < 0)
        return false;
    snprintf(path, sizeof path, "/dev/fd/%d", archive->fd);
    if (access(path, R_OK) != 0) {
        close(archive->fd);
        return true;
    }
    archive->is_open = true;
    unlink(archive->path);
    signals_child(0, NULL); /* who reads its name when a signal comes */
    free(archive->path);
    archive->path = must_copy(path, strlen(path));
    return true;
}

static bool is_packed(app_t *app, void *userdata)
{
    archive_t *archive = userdata;
    const char *why;
    int state = 0, number;
    pid_t ended = waitpid(archive->packer, &state, WNOHANG);

    (void)app;
    if (ended == 0 || (ended < 0 && errno == EINTR)) {
        report_step(&(progress_at_t){
            .name = archive->name, .there = octets_of(archive->path), .size = archive->size});
        return false;
    }
    archive->packer = 0;
    signals_child(0, archive->path);
    why = ended < 0 ? NULL : failure_of(state, archive->folder);
    if (ended < 0 || why || !open_nameless(archive)) {
        number = errno;
        folder_drop(archive);
        snprintf(archive->why, sizeof archive->why, "%s", why ? why : "");
        errno = number;
    }
    return true;
}

wait_t folder_pack(app_t *app, const char *path, archive_t *archive)
{
    wait_t how = WAIT_DONE;
    int number;

    report_note("packing %s", path);
    if (start(path, archive))
        how = app_wait(app, is_packed, archive, SMALL_MS);
    if (how == WAIT_TIMEOUT)
        how = app_wait(app, is_packed, archive, WAIT_FOREVER);
    if (how == WAIT_DONE && signals_interrupted())
        how = WAIT_INTERRUPTED; /* and so it was */
    number = errno;
    report_clear();
    if (how != WAIT_DONE)
        folder_drop(archive);
    errno = number;
    return how;
}

/* nftw() hands no pointer through. */
static uint64_t counted;

static int count(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)path;
    (void)where;
    /* A header for each, and whole blocks. */
    counted += 512;
    if (type == FTW_F && S_ISREG(status->st_mode))
        counted += ((uint64_t)status->st_size + 511) / 512 * 512;
    return 0;
}

uint64_t folder_octets(const char *path)
{
    char *whole = realpath(path, NULL);

    counted = 0;
    if (whole)
        nftw(whole, count, 16, FTW_PHYS);
    free(whole);
    return (counted + 1024 + 10239) / 10240 * 10240;
}

void folder_drop(archive_t *archive)
{
    if (archive->packer) {
        kill(archive->packer, SIGKILL);
        while (waitpid(archive->packer, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    if (archive->is_open)
        close(archive->fd);
    else if (archive->path && *archive->path)
        unlink(archive->path);
    signals_child(0, NULL);
    free(archive->path);
    free(archive->name);
    *archive = (archive_t){.name = NULL};
}
