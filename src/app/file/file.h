/* SPDX-License-Identifier: MIT */
/** @file
 *  What the files of file transfer share. It is written on the public headers alone. */
#ifndef JINGLE__FILE_H
#define JINGLE__FILE_H

#include <jingle/files.h>
#include <jingle/ibb.h>

#include <string.h>

/* ---- memory -------------------------------------------------------------------------------- */

/** @return zeroed memory, or NULL */
static inline void *jingle__file_alloc(const xmpp_mem_t *mem, size_t size)
{
    void *p = mem->alloc(size, mem->userdata);

    return p ? memset(p, 0, size) : NULL;
}

static inline void jingle__file_free(const xmpp_mem_t *mem, void *p)
{
    if (p)
        mem->free(p, mem->userdata);
}

/** @return a copy; NULL when there is no memory, and for NULL */
static inline char *jingle__file_strdup(const xmpp_mem_t *mem, const char *s)
{
    size_t size = s ? strlen(s) + 1 : 0;
    char *copy = s ? mem->alloc(size, mem->userdata) : NULL;

    return copy ? memcpy(copy, s, size) : NULL;
}

/* ---- hashes (hash.c) ----------------------------------------------------------------------- */

/** Base64 of the longest hash and a NUL. */
#define JINGLE__HASH_TEXT ((JINGLE_HASH_MAX + 2) / 3 * 4 + 1)

void jingle__hash_to_base64(const jingle_hash_t *hash, char text[JINGLE__HASH_TEXT]);
/** Sets value and len of a hash whose algo is known. Empty text: an announcement. A text that is no
 *  such hash gives a value that nothing equals. */
void jingle__hash_from_base64(const char *text, jingle_hash_t *hash);
/** @return the entry; NULL when there is none */
jingle_hash_t *jingle__hash_find(jingle_hash_t *hashes, size_t n, jingle_hash_algo_t algo);
/** Puts it into its place; a value replaces an announcement, never the other way round.
 *  @param hashes room for JINGLE_HASH_COUNT */
void jingle__hash_add(jingle_hash_t *hashes, size_t *n, const jingle_hash_t *hash);

/** Several hashes in one pass. */
typedef struct {
    struct evp_md_ctx_st *context[JINGLE_HASH_COUNT]; /**< NULL: not wanted */
} jingle__digest_t;

/** @param bits JINGLE_HASH_BIT() of each @return JINGLE_EOK, JINGLE_EMEM */
int jingle__digest_start(jingle__digest_t *digest, unsigned bits);
int jingle__digest_update(jingle__digest_t *digest, const void *data, size_t len);
/** Adds the hashes to a set, and clears. */
int jingle__digest_finish(jingle__digest_t *digest, jingle_hash_t *hashes, size_t *n);
void jingle__digest_clear(jingle__digest_t *digest);

/* ---- where received data goes (disk.c) ----------------------------------------------------- */

typedef struct {
    xmpp_mem_t mem;
    int folder; /**< -1 when closed */
    int fd;     /**< -1 when closed */
    char *folder_path;
    char *name; /**< as wanted */
    size_t name_size;
    const char *partial; /**< name of the partial file; NULL when there is none */
    char *path;          /**< of the partial, then of the whole file */
    size_t path_size;
} jingle__disk_t;

/** Makes the partial file.
 *  @param name safe
 *  @return JINGLE_EOK; else nothing is kept: JINGLE_EMEM, JINGLE_EINVAL (no folder), JINGLE_EIO,
 *          JINGLE_ELIMIT (no room); errno says why */
int jingle__disk_open(jingle__disk_t *disk, const xmpp_mem_t *mem, const char *folder,
                      const char *name);
/** @return JINGLE_EOK, JINGLE_EIO, JINGLE_ELIMIT */
int jingle__disk_write(jingle__disk_t *disk, uint64_t offset, const void *data, size_t len);
/** The file is whole: on the disk with it, and its name. @return as write, JINGLE_EMEM */
int jingle__disk_commit(jingle__disk_t *disk);
/** Removes the partial file, if there is one, and lets go of all else. */
void jingle__disk_drop(jingle__disk_t *disk);

/* ---- what is sent (source.c) --------------------------------------------------------------- */

typedef struct {
    int fd; /**< -1: read gives the data */
    jingle_file_read_fn read;
    void *userdata;
    void (*userdata_free)(void *userdata);
} jingle__source_t;

/** Opens a regular file. @return JINGLE_EOK, JINGLE_ENOENT, JINGLE_EINVAL, JINGLE_EIO */
int jingle__source_open(jingle__source_t *source, const char *path, uint64_t *size, int64_t *date);
/** As jingle_file_read_fn. */
long jingle__source_read(jingle__source_t *source, jingle_file_t *file, uint64_t offset,
                         void *buffer, size_t len);
void jingle__source_close(jingle__source_t *source);

/* ---- a manager's set-up (register.c) ------------------------------------------------------- */

typedef struct {
    xmpp_mem_t mem;
    jingle_files_t config;
    char *folder;
} jingle__files_t;

/** @return NULL when file transfer is not registered */
jingle__files_t *jingle__files_of(const jingle_t *jingle);

/* ---- a file (file.c, info.c) --------------------------------------------------------------- */

/** How far it is. */
typedef enum {
    JINGLE__FILE_WAITING,  /**< for consent, then for a channel */
    JINGLE__FILE_RUNNING,  /**< data flows */
    JINGLE__FILE_CHECKING, /**< received: all data is there, a hash or the stream's end is not */
    JINGLE__FILE_FINISHED, /**< all that is ours to do is done; the session goes on */
    JINGLE__FILE_FAILED,   /**< the part was told; the content goes */
    JINGLE__FILE_OVER      /**< on_done was called */
} jingle__file_state_t;

struct jingle_file {
    unsigned refs;
    xmpp_mem_t mem;
    jingle_t *jingle;      /**< NULL when over */
    jingle_part_t *part;   /**< NULL when over */
    jingle_files_t config; /**< of the manager; folder is NULL here */
    bool sender;
    bool known; /**< the program has heard of it, so it will hear of its end */
    jingle__file_state_t state;
    char *peer, *sid;

    jingle_file_info_t info; /**< its strings and hashes are those below */
    char *name, *safe_name, *media_type, *desc;
    jingle_hash_t told[JINGLE_HASH_COUNT]; /**< the sender's; info.n_hashes of them */
    jingle_hash_t computed[JINGLE_HASH_COUNT];
    size_t n_computed;
    unsigned hashes; /**< algorithms of a file we send, as bits */
    jingle__digest_t digest;

    uint64_t bytes;
    bool paused;
    bool moved; /**< data has passed since the idle timer was set */
    bool verified;
    bool confirmed; /**< `<received/>` came */
    bool tell_checksum, tell_received;
    bool pumping, pump_again;
    bool stream_ended;         /**< in good order */
    jingle_channel_t *channel; /**< a reference while data flows */
    jingle_timer_t *timer;

    jingle__source_t source;
    char *path; /**< of a file we send */
    char *buffer;
    size_t buffer_at, buffer_len;
    bool source_ended;

    bool has_disk;
    jingle__disk_t disk;
    jingle_file_write_fn write;
    jingle_file_finish_fn finish;
    void *sink_userdata;
    bool has_sink; /**< disk or write is set */

    jingle_file_outcome_t outcome;
    jingle_condition_t reason;
    char *text;
    xmpp_stanza_t *detail; /**< of a refusal, for as long as the part lives */
    void *user;
    void (*user_free)(void *user);
};

int jingle__file_new(jingle_t *jingle, jingle__files_t *files, bool sender, jingle_file_t **out);
/** Calls one of the program's functions; the file may be over when it returns. */
void jingle__file_tell(jingle_file_t *file, jingle_file_fn fn);
/** Sets a string of ours. @return JINGLE_EOK, JINGLE_EMEM */
int jingle__file_set(jingle_file_t *file, char **to, const char *text);
/** (Re)starts the one timer; ms 0 or UINT32_MAX: none. */
void jingle__file_set_timer(jingle_file_t *file, uint32_t ms, jingle_timer_fn fn);
/** The fields of info from what is set. */
void jingle__file_fill_info(jingle_file_t *file);

/* element.c */
/** Reads `<file/>`: what cannot be wrong is taken over.
 *  @return JINGLE_EOK, JINGLE_EMEM */
int jingle__file_read(jingle_file_t *file, xmpp_stanza_t *element);
/** Adds the hashes of an element to those told. @return number of hash and hash-used elements */
size_t jingle__file_read_hashes(jingle_file_t *file, xmpp_stanza_t *element);
typedef struct {
    bool has_size;
    uint64_t size;
    uint64_t offset;
    bool has_length;
    uint64_t length;
    size_t n_hashes; /**< of known algorithms, announced ones included */
} jingle__file_numbers_t;
/** Reads what may be wrong. @return false when it is */
bool jingle__file_numbers(xmpp_stanza_t *element, jingle__file_numbers_t *numbers);
/** Writes `<file/>` into a description. */
int jingle__file_write(const jingle_file_t *file, xmpp_stanza_t *description);
/** Makes `<checksum/>` or `<received/>`. */
int jingle__file_payload(const jingle_file_t *file, const char *name, xmpp_stanza_t **out);
/** Makes an element of XEP-0234's errors; NULL when out of memory. */
xmpp_stanza_t *jingle__file_error(const jingle_file_t *file, const char *name);

/* end.c */
/** It cannot go on: drops what was received, tells the part.
 *  @param detail name of an element of XEP-0234's errors, or NULL */
void jingle__file_fail(jingle_file_t *file, jingle_file_outcome_t outcome,
                       jingle_condition_t condition, const char *text, const char *detail);
/** An error of write, finish or the disk. */
void jingle__file_fail_write(jingle_file_t *file, int err);
/** The content is over. */
void jingle__file_over(jingle_file_t *file, const jingle_reason_t *reason);
/** Lets go of the channel. */
void jingle__file_leave_channel(jingle_file_t *file);

/* send.c */
extern const jingle_channel_sink_t jingle__file_send_sink;
int jingle__file_send_begin(jingle_file_t *file);
void jingle__file_pump(jingle_file_t *file);

/* receive.c */
extern const jingle_channel_sink_t jingle__file_receive_sink;
int jingle__file_receive_begin(jingle_file_t *file);
/** Opens where the data goes, unless that is settled. @return as jingle_file_accept() */
int jingle__file_open_disk(jingle_file_t *file, const char *folder, const char *name);
/** The receiver has all the data: compares it with the hashes told.
 *  @param last no other hash will come */
void jingle__file_check(jingle_file_t *file, bool last);
/** It is whole: gives it its name. @return JINGLE_EOK, or an error of writing */
int jingle__file_keep(jingle_file_t *file);
/** What was received is of no use. */
void jingle__file_discard(jingle_file_t *file);
/** Is all there that was announced? */
bool jingle__file_is_complete(const jingle_file_t *file);
/** Compares. @return false when it is not what was offered */
bool jingle__file_verify(jingle_file_t *file);

/* plugin.c */
extern const jingle_application_t jingle__file_plugin;

#endif
