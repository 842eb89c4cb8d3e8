/* SPDX-License-Identifier: MIT */
/** @file
 *  Words of others, made fit to be shown. */
#include "text.h"

#include <jingle/files.h>
#include <langinfo.h>
#include <locale.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static bool is_utf8;

void text_init(void)
{
    setlocale(LC_CTYPE, "");
    is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/** A terminal with eight bits a character would take an octet within one for a command. */
static void make_ascii(char *text)
{
    char *to = text;

    for (const char *c = text; *c; c++) {
        unsigned char octet = (unsigned char)*c;
        if (octet < 0x80)
            *to++ = *c;
        else if (octet >= 0xC0)
            *to++ = '?';
    }
    *to = '\0';
}

char *text_line(FILE *file, const char *text)
{
    char *safe = jingle_safe_text(NULL, text, strlen(text));

    for (char *c = safe; c && *c; c++) {
        if (*c == '\n' || *c == '\t')
            *c = ' ';
    }
    if (safe && !is_utf8 && isatty(fileno(file)))
        make_ascii(safe);
    return safe;
}
