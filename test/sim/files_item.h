/* SPDX-License-Identifier: MIT */
/** @file
 *  The files of the simulation: what is in them, and what has arrived. */
#ifndef TEST_SIM_FILES_ITEM_H
#define TEST_SIM_FILES_ITEM_H

#include "files.h"

#define HELD 4

/** One file on its way, at one side. */
typedef struct item {
    struct item *next;
    struct side *side;
    unsigned id;   /**< decides what is in it */
    uint64_t size; /**< octets in all */
    uint64_t got;  /**< written so far */
    bool sent;     /**< by this side */
    bool whole;    /**< finish was called, with that */
    bool told;     /**< its sender was told that it has arrived */
    bool failed;   /**< it was told that it has not, though all ended well */
    bool ended;    /**< by its sender's program, which then cannot know */
    bool finished;
    bool over; /**< its end was told */
} item_t;

typedef struct side {
    jingle_sim_engine_t *engine;
    item_t *items;
    unsigned next_id;
    jingle_file_t *held[HELD]; /**< offers that are not decided, or were once: references, a ring */
    size_t n_held;
    bool loses; /**< planted: files are lost once they are whole */
} side_t;

jingle_sim_t *files_world(const side_t *side);
item_t *files_add(side_t *side, unsigned id, uint64_t size);
/* As jingle_file_read_fn, _write_fn, _finish_fn; the item is their userdata. */
long files_read(jingle_file_t *file, uint64_t offset, void *buffer, size_t len, void *userdata);
int files_write(jingle_file_t *file, uint64_t offset, const void *data, size_t len, void *userdata);
int files_finish(jingle_file_t *file, bool whole, void *userdata);
/** Is it there? */
bool files_have(const side_t *side, const item_t *sent);

#endif
