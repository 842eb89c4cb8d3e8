/* SPDX-License-Identifier: MIT */
/** @file
 *  What kind of file it is. */
#ifndef COMMAND_MEDIA_H
#define COMMAND_MEDIA_H

/** Room for a media type. */
#define MEDIA_TYPE_TEXT 256

/** Looks into a file. @return text; NULL where nothing is known */
const char *media_type_of(const char *path, char text[MEDIA_TYPE_TEXT]);

#endif
