/* SPDX-License-Identifier: MIT */
/** @file
 *  Where received data goes, and what is remembered of a part of a file. */
#ifndef JINGLE__DISK_H
#define JINGLE__DISK_H

#include <jingle/files.h>

/* ---- where received data goes (disk.c) ----------------------------------------------------- */

/** Octets of a name (NAME_MAX of what we write to). */
#define JINGLE__NAME_MAX 255u

typedef struct {
    xmpp_mem_t mem;
    int folder; /**< -1 when closed */
    int fd;     /**< -1 when closed */
    char *folder_path;
    char *name;          /**< as wanted; short enough for what it grows by */
    const char *partial; /**< name of the partial file; NULL when there is none */
    char partial_name[JINGLE__NAME_MAX + 1];
    char *path; /**< of the partial, then of the whole file */
    size_t path_size;
    uint64_t unsynced; /**< octets written since fsync() */
} jingle__disk_t;

/** Opens the folder.
 *  @param name safe
 *  @return JINGLE_EOK; else nothing is kept: JINGLE_EMEM, JINGLE_EINVAL (no folder), JINGLE_EIO;
 *          errno says why */
int jingle__disk_begin(jingle__disk_t *disk, const xmpp_mem_t *mem, const char *folder,
                       const char *name);
/** Changes the name that the file will have. @param name safe @return JINGLE_EOK, JINGLE_EMEM,
 *  JINGLE_EINVAL */
int jingle__disk_set_name(jingle__disk_t *disk, const char *name);
/** Makes the partial file. @return JINGLE_EOK, JINGLE_EIO, JINGLE_ELIMIT (no room) */
int jingle__disk_create(jingle__disk_t *disk);
/** Both. */
int jingle__disk_open(jingle__disk_t *disk, const xmpp_mem_t *mem, const char *folder,
                      const char *name);
/** @return the number of the partial file in its file system */
uint64_t jingle__disk_inode(const jingle__disk_t *disk);
/** Takes a partial file that is there, and locks it.
 *  @param inode of the one that is meant: another one of that name is left alone
 *  @return JINGLE_EOK, JINGLE_ENOENT (another one too), JINGLE_EEXIST (a transfer has it),
 * JINGLE_EINVAL (it is not a file of ours), JINGLE_EIO */
int jingle__disk_adopt(jingle__disk_t *disk, const char *partial, uint64_t inode, uint64_t *size);
/** Locks the partial file against other transfers, of this process and of others, until it is
 *  closed. @return JINGLE_EOK, JINGLE_EEXIST (locked), JINGLE_EIO (there are no locks here) */
int jingle__disk_lock(const jingle__disk_t *disk);
/** @return JINGLE_EOK, JINGLE_EIO */
int jingle__disk_cut(const jingle__disk_t *disk, uint64_t size);
/** @return octets; 0: the end; JINGLE_EIO */
long jingle__disk_read(const jingle__disk_t *disk, uint64_t offset, void *data, size_t len);
/** @return JINGLE_EOK, JINGLE_EIO, JINGLE_ELIMIT */
int jingle__disk_write(jingle__disk_t *disk, uint64_t offset, const void *data, size_t len);
/** The file is whole: on the disk with it, and its name. Needs no memory. @return as write */
int jingle__disk_commit(jingle__disk_t *disk);
/** Removes the partial file; the folder stays open. */
void jingle__disk_remove(jingle__disk_t *disk);
/** The same where its content is not what it should be.
 *  @param most octets that it can have; with more it was made by others, has got the number of ours, and stays */
void jingle__disk_reject(jingle__disk_t *disk, uint64_t most);
/** Closes file and folder; path stays. */
void jingle__disk_close(jingle__disk_t *disk);
/** Lets go of all and leaves the partial file where it is. */
void jingle__disk_leave(jingle__disk_t *disk);
/** Removes the partial file, if there is one, and lets go of all else. */
void jingle__disk_drop(jingle__disk_t *disk);

/* ---- what is known of a partial file that is kept (state.c) --------------------------------- */

typedef struct {
    jingle_hash_t key; /**< of the peer's bare JID, the name as offered, and the size */
    uint64_t file_size;
    int64_t date;                            /**< JINGLE_FILE_DATE_UNKNOWN: none */
    jingle_hash_t hashes[JINGLE_HASH_COUNT]; /**< values in the offer */
    size_t n_hashes;
    char part[JINGLE__NAME_MAX + 1];
    uint64_t inode;     /**< of the partial file: another one of that name is not ours */
    unsigned tries;     /**< how often it was gone on with in vain */
    uint64_t offset;    /**< so many octets of it are good; 0: none */
    jingle_hash_t hash; /**< of those */
} jingle__state_t;

/** Whose state it is. @return JINGLE_EOK, JINGLE_EMEM */
int jingle__state_init(jingle__state_t *state, const char *peer, const char *name, uint64_t size);
/** Reads it from the folder. @return false, and nothing has changed: there is none */
bool jingle__state_read(jingle__state_t *state, int folder);
/** The same where the size is not known: of several the newest.
 *  @return false, and nothing has changed: there is none */
bool jingle__state_find(jingle__state_t *state, const char *peer, const char *name, int folder);
/** Replaces it in one go. @return JINGLE_EOK, JINGLE_EIO */
int jingle__state_write(const jingle__state_t *state, int folder);
/** Removes it unless it is of another partial file. */
void jingle__state_remove(const jingle__state_t *state, int folder);

#endif
