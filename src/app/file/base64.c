/* SPDX-License-Identifier: MIT */
/** @file
 *  Base64 as peers write it: with line breaks (XEP-0300 and XEP-0231 examples have them), and
 * strict otherwise. */
#include "file.h"

#include <openssl/evp.h>

static const char *skip_space(const char *text)
{
    return text + strspn(text, " \t\r\n");
}

/** Takes four characters. @return octets they stand for; negative: they are no base64 */
static long read_quartet(const char **text, unsigned char octets[3])
{
    unsigned char quartet[4];
    long pads = 0;

    for (size_t i = 0; i < 4; i++) {
        quartet[i] = (unsigned char)**text;
        if (!quartet[i] || (pads && quartet[i] != '='))
            return -1;
        pads += quartet[i] == '=';
        *text = skip_space(*text + 1);
    }
    if (pads > 2 || EVP_DecodeBlock(octets, quartet, 4) != 3)
        return -1;
    return 3 - pads;
}

long jingle__base64_read(const char *text, unsigned char *octets, size_t max)
{
    size_t len = 0;
    long n = 3;

    for (text = skip_space(text); *text;) {
        unsigned char three[3];

        /* After padding nothing comes. */
        if (n < 3 || (n = read_quartet(&text, three)) < 0 || (size_t)n > max - len)
            return -1;
        memcpy(octets + len, three, (size_t)n);
        len += (size_t)n;
    }
    return (long)len;
}
