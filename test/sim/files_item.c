/* SPDX-License-Identifier: MIT */
/** @file
 *  What is in the files of the simulation, and what has arrived of them. */
#include "files_item.h"

#include <stdlib.h>

jingle_sim_t *files_world(const side_t *side)
{
    return jingle_sim_get_world(side->engine);
}

static unsigned char octet_of(unsigned id, uint64_t at)
{
    return (unsigned char)(at * 131 + (at >> 8) * 17 + id * 29);
}

item_t *files_add(side_t *side, unsigned id, uint64_t size)
{
    item_t *item = calloc(1, sizeof *item);

    if (!item)
        abort();
    *item = (item_t){.next = side->items, .side = side, .id = id, .size = size};
    side->items = item;
    return item;
}

long files_read(jingle_file_t *file, uint64_t offset, void *buffer, size_t len, void *userdata)
{
    const item_t *item = userdata;
    unsigned char *to = buffer;
    size_t n = offset < item->size ? (size_t)(item->size - offset) : 0;

    (void)file;
    n = n < len ? n : len;
    for (size_t i = 0; i < n; i++)
        to[i] = octet_of(item->id, offset + i);
    return (long)n;
}

int files_write(jingle_file_t *file, uint64_t offset, const void *data, size_t len, void *userdata)
{
    item_t *item = userdata;
    const unsigned char *from = data;

    (void)file;
    if (item->finished || offset != item->got)
        jingle_sim_fault(files_world(item->side), "file %u: data comes out of order", item->id);
    for (size_t i = 0; i < len; i++)
        if (from[i] != octet_of(item->id, offset + i)) {
            jingle_sim_fault(files_world(item->side), "file %u: octet %llu is wrong", item->id,
                             (unsigned long long)(offset + i));
            break;
        }
    item->got += len;
    return JINGLE_EOK;
}

int files_finish(jingle_file_t *file, bool whole, void *userdata)
{
    item_t *item = userdata;

    (void)file;
    if (item->finished)
        jingle_sim_fault(files_world(item->side), "file %u is finished twice", item->id);
    if (whole && item->got != item->size)
        jingle_sim_fault(files_world(item->side),
                         "file %u is said to be whole with %llu of %llu octets", item->id,
                         (unsigned long long)item->got, (unsigned long long)item->size);
    item->finished = true;
    item->whole = whole;
    if (whole && item->side->loses)
        item->got = 0;
    return JINGLE_EOK;
}

/** What was written was compared octet by octet, in order: it is all there if there are as many. */
bool files_have(const side_t *side, const item_t *sent)
{
    const item_t *item = side->items;

    while (item && (item->sent || item->id != sent->id || item->size != sent->size ||
                    !item->whole || item->got != item->size))
        item = item->next;
    return item != NULL;
}
