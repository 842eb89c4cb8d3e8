/* SPDX-License-Identifier: MIT */
/** @file
 *  The words of jingle send that are not the peer: files, folders, standard input. */
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "folder.h"
#include "pipes.h"
#include "report.h"

bool paths_is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

bool paths_is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool paths_is_odd(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

uint64_t paths_octets(const char *path)
{
    struct stat status;

    if (paths_is_stdin(path))
        return input_size();
    if (paths_is_folder(path))
        return folder_octets(path);
    return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

static bool can_read(const char *path)
{
    struct stat status;
    int fd = paths_is_stdin(path) ? STDIN_FILENO : open(path, O_RDONLY | O_NONBLOCK);
    bool ok = fd >= 0 && fstat(fd, &status) == 0, good = false;

    if (ok)
        good = paths_is_stdin(path) || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
    if (!ok)
        report_no_file(JINGLE_FILE_IO_ERROR, path, "%s", strerror(errno));
    else if (!good)
        report_no_file(JINGLE_FILE_IO_ERROR, path,
                       PATHS_ODD "; 'jingle send PEER - <%s' sends what comes out of it", path);
    if (fd > STDIN_FILENO)
        close(fd);
    return good;
}

int paths_check(const settings_t *settings, int n_paths, char **paths)
{
    bool readable = true;
    int n_stdin = 0;

    for (int i = 0; i < n_paths; i++) {
        n_stdin += paths_is_stdin(paths[i]);
        readable = can_read(paths[i]) && readable;
    }
    if (n_stdin > 1 || (settings->name && n_paths > 1)) {
        fputs(n_stdin > 1 ? "jingle: - can be sent once\n" : "jingle: --name is for one FILE\n",
              stderr);
        return STATUS_USAGE;
    }
    return readable ? STATUS_DONE : STATUS_FAILED;
}
