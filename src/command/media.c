/* SPDX-License-Identifier: MIT */
/** @file
 *  The media type that an offer carries (XEP-0234 section 5), by what is in the file, as file(1)
 * tells it. */
#include "media.h"

#include <stdio.h>
#include <string.h>

#ifdef HAVE_LIBMAGIC
#include <magic.h>

const char *media_type_of(const char *path, char text[MEDIA_TYPE_TEXT])
{
    magic_t magic = magic_open(MAGIC_MIME_TYPE | MAGIC_SYMLINK);
    const char *type = NULL;

    if (magic && magic_load(magic, NULL) == 0)
        type = magic_file(magic, path);
    /* "inode/x-empty" is no media type, and of no use. */
    if (type && strchr(type, '/') && strncmp(type, "inode/", 6) != 0)
        snprintf(text, MEDIA_TYPE_TEXT, "%s", type);
    else
        *text = '\0';
    if (magic)
        magic_close(magic);
    return *text ? text : NULL;
}
#else
const char *media_type_of(const char *path, char text[MEDIA_TYPE_TEXT])
{
    (void)path;
    *text = '\0';
    return NULL;
}
#endif
