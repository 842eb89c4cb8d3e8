/* SPDX-License-Identifier: MIT */
/** @file
 *  What a peer wrote, made fit to be shown and to name a file (XEP-0234 sections 5 and 12). */
#include "file.h"

#include <stdlib.h>

/** NAME_MAX of what we write to, less " (9999)" and ".part". */
#define NAME_SIZE (255u - 12u)
/** Longest extension that survives the cutting of a name. */
#define EXTENSION_SIZE 16u
/** Where nothing of a name is left. */
#define NO_NAME "file"

static void *malloc_alloc(size_t size, void *userdata)
{
    (void)userdata;
    return malloc(size);
}

static void malloc_free(void *p, void *userdata)
{
    (void)userdata;
    free(p);
}

static void *malloc_realloc(void *p, size_t size, void *userdata)
{
    (void)userdata;
    return realloc(p, size);
}

static const xmpp_mem_t malloc_mem = {malloc_alloc, malloc_free, malloc_realloc, NULL};

/* ---- characters ---------------------------------------------------------------------------- */

#define INVALID UINT32_MAX

/** Reads one character of UTF-8 (RFC 3629). @return octets; *c is INVALID for one that is none */
static size_t read_char(const char *text, uint32_t *c)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *s = (const unsigned char *)text;
    size_t len = s[0] < 0x80   ? 1
                 : s[0] < 0xc2 ? 0
                 : s[0] < 0xe0 ? 2
                 : s[0] < 0xf0 ? 3
                 : s[0] < 0xf5 ? 4
                               : 0;

    *c = INVALID;
    if (!len)
        return 1;
    if (len == 1) {
        *c = s[0];
        return 1;
    }
    uint32_t value = s[0] & (0x7fu >> len);

    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 1;
        value = value << 6 | (s[i] & 0x3fu);
    }
    if (value < least[len] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
        return 1;
    *c = value;
    return len;
}

/** Characters that are not seen, and change how others are: directions (Unicode TR 36
 * section 2.7.1), nothings, tags. */
static bool is_invisible(uint32_t c)
{
    return c == 0x061c || c == 0x180e || c == 0x200b || c == 0x200e || c == 0x200f ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
           (c & 0xfffe) == 0xfffe;
}

/** Can XML carry it (XML 1.0 section 2.2)? */
static bool is_xml(uint32_t c)
{
    return c != INVALID && c != 0xfffe && c != 0xffff &&
           (c >= 0x20 || c == '\t' || c == '\n' || c == '\r');
}

/** @return the longest length up to max that cuts no character */
static size_t cut(const char *text, size_t max)
{
    size_t len = strlen(text);

    if (len <= max)
        return len;
    for (len = max; len && ((unsigned char)text[len] & 0xc0) == 0x80;)
        len--;
    return len;
}

/* ---- text ---------------------------------------------------------------------------------- */

char *jingle__text_make_valid(const xmpp_mem_t *mem, const char *text)
{
    static const char instead[] = "\xef\xbf\xbd";
    char *valid = mem->alloc(3 * strlen(text) + 1, mem->userdata), *end = valid;

    while (valid && *text) {
        uint32_t c;
        size_t len = read_char(text, &c);
        bool keep = is_xml(c);

        memcpy(end, keep ? text : instead, keep ? len : 3);
        end += keep ? len : 3;
        text += len;
    }
    if (valid)
        *end = '\0';
    return valid;
}

char *jingle_safe_text(const xmpp_mem_t *mem, const char *text, size_t max)
{
    char *safe, *end;

    mem = mem ? mem : &malloc_mem;
    text = text ? text : "";
    safe = end = mem->alloc(strlen(text) + 1, mem->userdata);
    if (!safe)
        return NULL;
    while (*text) {
        uint32_t c;
        size_t len = read_char(text, &c);

        if (c == '\n' || c == '\t' || (c != INVALID && !is_control(c) && !is_invisible(c))) {
            memcpy(end, text, len);
            end += len;
        }
        text += len;
    }
    *end = '\0';
    safe[cut(safe, max)] = '\0';
    return safe;
}

/* ---- names --------------------------------------------------------------------------------- */

/** Copies name without what no name in a folder should have. */
static char *filter(char *end, const char *name)
{
    while (*name) {
        uint32_t c;
        size_t len = read_char(name, &c);

        if (c == INVALID || is_control(c) || c == '/' || c == '\\') {
            *end++ = '_';
        } else if (!is_invisible(c)) {
            memcpy(end, name, len);
            end += len;
        }
        name += len;
    }
    *end = '\0';
    return end;
}

/** No space or dot at the end (some systems drop them), none of the names that are the folder's
 * own, that hide a file, or that commands take for an option. */
static void trim(char *name)
{
    size_t spaces = strspn(name, " "), len;

    memmove(name, name + spaces, strlen(name + spaces) + 1);
    len = strlen(name);
    while (len && (name[len - 1] == ' ' || name[len - 1] == '.'))
        name[--len] = '\0';
    for (char *c = name; *c == '.'; c++)
        *c = '_';
    if (*name == '-')
        *name = '_';
}

/** Device names of other systems, with any extension. */
static bool is_reserved(const char *name)
{
    static const char *const words[] = {"con", "prn", "aux", "nul", "com", "lpt"};
    size_t stem = strcspn(name, ".");
    char lower[3] = {0};

    for (size_t i = 0; i < 3 && i < stem; i++)
        lower[i] = (char)(name[i] | 0x20);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (stem == (i < 4 ? 3 : 4) && !memcmp(lower, words[i], 3))
            return i < 4 || (name[3] >= '0' && name[3] <= '9');
    }
    return false;
}

/** Cuts the middle out of a name that is too long, so that the extension stays. */
static void shorten(char *name)
{
    const char *extension = strrchr(name, '.');
    size_t len = extension ? strlen(extension) : 0, stem;

    if (strlen(name) <= NAME_SIZE)
        return;
    if (len > EXTENSION_SIZE)
        len = 0;
    stem = cut(name, NAME_SIZE - len);
    memmove(name + stem, name + strlen(name) - len, len + 1);
}

char *jingle_safe_name(const xmpp_mem_t *mem, const char *name)
{
    char *safe;

    mem = mem ? mem : &malloc_mem;
    name = name ? name : "";
    /* One octet more for the mark before a reserved name. */
    safe = mem->alloc(strlen(name) + 2 + strlen(NO_NAME), mem->userdata);
    if (!safe)
        return NULL;
    filter(safe, name);
    trim(safe);
    if (!*safe)
        memcpy(safe, NO_NAME, sizeof NO_NAME);
    if (is_reserved(safe)) {
        memmove(safe + 1, safe, strlen(safe) + 1);
        *safe = '_';
    }
    shorten(safe);
    return safe;
}
