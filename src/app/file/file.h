/* SPDX-License-Identifier: MIT */
/** @file
 *  What the files of file transfer share. It is written on the public headers alone. */
#ifndef JINGLE__FILE_H
#define JINGLE__FILE_H

#include <jingle/files.h>
#include <jingle/ibb.h>

#include <string.h>

#include "disk.h"

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

/* ---- base64 (base64.c) --------------------------------------------------------------------- */

/** White space is ignored. @return octets; negative: it is no base64, or more than max */
long jingle__base64_read(const char *text, unsigned char *octets, size_t max);

/* ---- text (text.c) ------------------------------------------------------------------------- */

/** @return a copy with U+FFFD for what cannot be sent, as it would be sent; NULL: no memory */
char *jingle__text_make_valid(const xmpp_mem_t *mem, const char *text);

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

/** @return octets of a value; 0 for JINGLE_HASH_UNKNOWN */
size_t jingle__hash_len(jingle_hash_algo_t algo);
bool jingle__hash_equals(const jingle_hash_t *a, const jingle_hash_t *b);

/** Several hashes in one pass. */
typedef struct {
    struct evp_md_ctx_st *context[JINGLE_HASH_COUNT]; /**< NULL: not wanted */
} jingle__digest_t;

/** Begins anew. @param digest all zero at first @param bits JINGLE_HASH_BIT() of each
 *  @return JINGLE_EOK, JINGLE_EMEM */
int jingle__digest_start(jingle__digest_t *digest, unsigned bits);
int jingle__digest_update(jingle__digest_t *digest, const void *data, size_t len);
/** Adds the hashes to a set, and clears. */
int jingle__digest_finish(jingle__digest_t *digest, jingle_hash_t *hashes, size_t *n);
void jingle__digest_clear(jingle__digest_t *digest);
/** The hash of what has passed so far; the digest goes on.
 *  @return JINGLE_EOK, JINGLE_ENOENT (not computed), JINGLE_EMEM, JINGLE_EINT */
int jingle__digest_peek(const jingle__digest_t *digest, jingle_hash_algo_t algo,
                        jingle_hash_t *hash);
/** @return JINGLE_HASH_UNKNOWN when nothing is computed */
jingle_hash_algo_t jingle__digest_strongest(const jingle__digest_t *digest);
/** @return JINGLE_HASH_BIT() of each that is computed */
unsigned jingle__digest_bits(const jingle__digest_t *digest);

/* ---- what is sent (source.c) --------------------------------------------------------------- */

typedef struct {
    int fd; /**< -1: read gives the data */
    jingle_file_read_fn read;
    void *userdata;
    void (*userdata_free)(void *userdata);
} jingle__source_t;

/** @return false when nothing was set */
static inline bool jingle__source_is_set(const jingle__source_t *source)
{
    return source->fd >= 0 || source->read;
}

/** Opens a regular file. @return JINGLE_EOK, JINGLE_ENOENT, JINGLE_EINVAL, JINGLE_EIO */
int jingle__source_open(jingle__source_t *source, const char *path, uint64_t *size, int64_t *date);
/** As jingle_file_read_fn. */
long jingle__source_read(jingle__source_t *source, jingle_file_t *file, uint64_t offset,
                         void *buffer, size_t len);
/** Is the file still that of this size and date? */
bool jingle__source_is_unchanged(const jingle__source_t *source, uint64_t size, int64_t date);
void jingle__source_close(jingle__source_t *source);

/* ---- a manager's set-up (register.c) ------------------------------------------------------- */

typedef struct {
    xmpp_mem_t mem;
    jingle_files_t config;
    char *folder;
    jingle_file_t *pictured; /**< files of ours with a picture, in contents that live */
    jingle_file_t *waiting;  /**< to be read for their hashes, the next one first */
    jingle_timer_t *turn;    /**< of that one */
} jingle__files_t;

/** @return NULL when file transfer is not registered */
jingle__files_t *jingle__files_of(const jingle_t *jingle);

/* ---- a file (file.c) --------------------------------------------------------------- */

/** How far it is. */
typedef enum {
    JINGLE__FILE_WAITING,  /**< for consent, then for a channel */
    JINGLE__FILE_RUNNING,  /**< data flows */
    JINGLE__FILE_CHECKING, /**< received: all data is there, a hash or the stream's end is not */
    JINGLE__FILE_FINISHED, /**< all that is ours to do is done; the session goes on */
    JINGLE__FILE_FAILED,   /**< the part was told; the content goes */
    JINGLE__FILE_OVER      /**< on_done was called */
} jingle__file_state_t;

/** The picture of a file (thumbnail.c). */
typedef struct {
    jingle_thumbnail_t told; /**< its strings are these */
    char *uri, *media_type;
    unsigned char *data; /**< of a file of ours */
    size_t len;
    jingle_file_t *next; /**< of jingle__files_t.pictured */
    bool listed;
} jingle__thumbnail_t;

/** A part of a file, or all of it (XEP-0234 section 6.1). */
typedef struct {
    uint64_t offset;
    uint64_t length; /**< JINGLE_FILE_SIZE_UNKNOWN: to the end */
} jingle__range_t;

struct jingle_file {
    unsigned refs;
    xmpp_mem_t mem;
    jingle_t *jingle;      /**< NULL when over */
    jingle_part_t *part;   /**< NULL when over */
    jingle_files_t config; /**< of the manager; folder is NULL here */
    bool sender;
    bool requested; /**< the receiver has asked for it */
    bool known;     /**< the program has heard of it, so it will hear of its end */
    jingle__file_state_t state;
    bool goes_on;             /**< restored: waits for its channel to go on with was */
    jingle__file_state_t was; /**< restored: the state that was saved */
    char *peer, *sid;

    jingle_file_info_t info; /**< its strings and hashes are those below */
    char *name, *safe_name, *media_type, *desc;
    jingle__thumbnail_t *thumbnail;        /**< NULL: none */
    jingle_hash_t told[JINGLE_HASH_COUNT]; /**< the sender's; info.n_hashes of them */
    jingle_hash_t computed[JINGLE_HASH_COUNT];
    size_t n_computed;
    unsigned hashes;         /**< algorithms of a file we send, as bits */
    jingle__digest_t digest; /**< of the whole file, if it can be computed */
    jingle_hash_t wanted;    /**< the one that we asked for */

    jingle__range_t range;
    bool has_prefix; /**< digest holds what lies before the range */
    jingle__digest_t range_digest;
    jingle_hash_t range_told[JINGLE_HASH_COUNT], range_computed[JINGLE_HASH_COUNT];
    size_t n_range_told, n_range_computed;
    bool hashing;         /**< what lies before the range is being read */
    bool starts;          /**< when all is read the session is started, or the content accepted */
    bool changed;         /**< the answer to a request for the rest is of another file */
    bool asks_again;      /**< then the whole is asked for */
    unsigned n_left;      /**< parts that it has left behind by that, and that are not freed yet */
    uint64_t hashed;      /**< octets */
    jingle_timer_fn turn; /**< what is done when it is its turn; NULL: it does not wait for one */
    jingle_file_t *prev, *next; /**< of jingle__files_t.waiting */

    uint64_t bytes;                  /**< of the range */
    uint64_t sampled, sampled_bytes; /**< when, in ms, the rate was last known, and bytes then */
    double rate;                     /**< octets a second */
    bool paused;
    bool moved; /**< data has passed since the idle timer was set */
    bool verified;
    bool confirmed; /**< `<received/>` came */
    bool presumed;  /**< none will: its receiver says it of no file (last_words.c) */
    bool tell_checksum, tell_received;
    bool unheard;       /**< what was told of these was not answered yet */
    uint64_t say_until; /**< by the clock: the last words are not said again (last_words.c) */
    bool pumping, pump_again;
    bool stream_ended;         /**< in good order */
    bool draining, drained;    /**< the peer has ended it: data is waited for, or not any more */
    bool ended_while_hashing;  /**< in whatever order: noticed when all is read */
    jingle_channel_t *channel; /**< a reference while data flows */
    jingle_timer_t *timer;

    jingle__source_t source;
    char *path; /**< of a file we send; restored, of one we have received */
    char *buffer;
    size_t buffer_at, buffer_len;
    bool reading; /**< inside the program's function, which has the buffer */
    bool source_ended;

    bool has_disk;
    jingle__disk_t disk;
    jingle__state_t *kept; /**< NULL: nothing will be kept */
    bool resuming;         /**< accepted, but what was kept is still being read */
    int refuses;  /**< restored: accepted, and there is no place for it any more: the error */
    bool is_kept; /**< it failed, and what came was kept */
    char *wanted_folder, *wanted_name; /**< of a file that we asked for */
    char *asked_name;                  /**< what its kept part goes by; NULL: its name */
    char *asked_transport;             /**< the only one that may be used; NULL: any */
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
/** Sets the name, which the program gives, as it can be sent. @return JINGLE_EOK, JINGLE_EMEM */
int jingle__file_set_name(jingle_file_t *file, const char *name);
/** (Re)starts the one timer; UINT32_MAX, or no fn: none. It waits for no turn any more. */
void jingle__file_set_timer(jingle_file_t *file, uint32_t ms, jingle_timer_fn fn);
/** So many octets more have passed. */
void jingle__file_moved(jingle_file_t *file, size_t octets);
/** The fields of info from what is set. */
void jingle__file_fill_info(jingle_file_t *file);

/* element.c */
/** Reads `<file/>`: what cannot be wrong is taken over.
 *  @return JINGLE_EOK, JINGLE_EMEM */
int jingle__file_read(jingle_file_t *file, xmpp_stanza_t *element);
/** Adds the hashes in an element to a set. @return number of hash and hash-used elements */
size_t jingle__file_read_hashes(xmpp_stanza_t *element, jingle_hash_t *hashes, size_t *n);
typedef struct {
    bool has_size;
    uint64_t size;
    bool has_range;
    uint64_t offset;
    bool has_length;
    uint64_t length;
    size_t n_hashes; /**< of known algorithms, announced ones included */
} jingle__file_numbers_t;
/** Reads what may be wrong. @return false when it is */
bool jingle__file_numbers(xmpp_stanza_t *element, jingle__file_numbers_t *numbers);
/** Is it type/subtype of RFC 6838 section 4.2? */
bool jingle__is_media_type(const char *text);
/** Adds a child element. @param ns NULL: the parent's @return borrowed; NULL when out of memory */
xmpp_stanza_t *jingle__element_add(xmpp_ctx_t *ctx, xmpp_stanza_t *parent, const char *name,
                                   const char *ns);
/** Adds text to an element. @return JINGLE_EOK, JINGLE_EMEM */
int jingle__element_add_text(xmpp_ctx_t *ctx, xmpp_stanza_t *element, const char *text);
/** Makes an element. @return JINGLE_EOK, JINGLE_EMEM */
int jingle__element_make(xmpp_ctx_t *ctx, const char *name, const char *ns, xmpp_stanza_t **out);
/** Sets an attribute. @return JINGLE_EOK, JINGLE_EMEM */
int jingle__element_set_number(xmpp_stanza_t *element, const char *name, uint64_t number);
/** Writes `<file/>` into a description. */
int jingle__file_write(const jingle_file_t *file, xmpp_stanza_t *description);
/** Makes `<checksum/>` or `<received/>`. */
int jingle__file_payload(const jingle_file_t *file, const char *name, xmpp_stanza_t **out);
/** Makes an element of XEP-0234's errors; NULL when out of memory. */
xmpp_stanza_t *jingle__file_error(const jingle_file_t *file, const char *name);
/** Has the reason that detail (XEP-0234 section 9.1)? */
bool jingle__file_has_detail(const jingle_reason_t *reason, const char *name);

/* thumbnail.c */
/** Takes over a picture that we send. @return JINGLE_EOK, JINGLE_EMEM */
int jingle__thumbnail_set(jingle_file_t *file, const jingle_picture_t *picture);
bool jingle__picture_is_valid(const jingle_picture_t *picture);
void jingle__thumbnail_free(jingle_file_t *file);
/** Reads `<thumbnail/>` of `<file/>`; one that is malformed is none. @return JINGLE_EOK,
 * JINGLE_EMEM */
int jingle__thumbnail_read(jingle_file_t *file, xmpp_stanza_t *element);
/** Writes one of ours into `<file/>`. @return JINGLE_EOK, JINGLE_EMEM */
int jingle__thumbnail_write(const jingle_file_t *file, xmpp_stanza_t *element);
/** The content lives: from now on the picture is given. */
void jingle__thumbnail_list(jingle_file_t *file);
void jingle__thumbnail_unlist(jingle_file_t *file);
/** Answers who asks for it. @param userdata the set-up */
void jingle__thumbnail_serve(jingle_t *jingle, xmpp_stanza_t *iq, xmpp_stanza_t *payload,
                             jingle_reply_t *reply, void *userdata);

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

/* drain.c */
/** The peer ends the content with that reason: may there be data on its way? */
bool jingle__file_awaits(void *self, const jingle_reason_t *reason);
/** Does the data come with the stanzas, so that all that was sent before one has come with it? */
bool jingle__file_is_in_order(const jingle_file_t *file);

/* send.c */
extern const jingle_channel_sink_t jingle__file_send_sink;
int jingle__file_send_begin(jingle_file_t *file);
void jingle__file_pump(jingle_file_t *file);
/** The part before what was sent already has been read: on with it. */
void jingle__file_send_on(jingle_file_t *file);

/* save.c, goes_on.c */
int jingle__file_save(void *self, jingle_save_t *save);
int jingle__file_restore(jingle_part_t *part, void *userdata, jingle_load_t *load, void **self);
/** From the state it was saved in. @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EDATA */
int jingle__file_goes_on(jingle_file_t *file);
/** Begins to read what has passed already, for its hashes. @return JINGLE_EOK, JINGLE_EMEM */
int jingle__file_read_again(jingle_file_t *file);
/** Accepts the content from a timer. */
int jingle__file_accept_later(jingle_file_t *file);
/** Frees one that could not be restored. */
void jingle__file_abandon(jingle_file_t *file);

/* receive.c */
/** What had come has been read again: on with it. */
void jingle__file_receive_on(jingle_file_t *file);
/** Data is to come within the idle time; of a part the first may take longer. */
void jingle__file_await_data(jingle_file_t *file);
extern const jingle_channel_sink_t jingle__file_receive_sink;
int jingle__file_receive_begin(jingle_file_t *file);
/** How much of the file is there: what came, and what lies before its range. */
uint64_t jingle__file_position(const jingle_file_t *file);
/** Every algorithm that was named; one of ours where none was. */
unsigned jingle__file_algorithms(const jingle_file_t *file);
/** Opens where the data goes, unless that is settled. @param go_on as for jingle__resume_open()
 *  @return as jingle_file_accept() */
int jingle__file_open_disk(jingle_file_t *file, const char *folder, const char *name, bool go_on);
/** The receiver has all the data: compares it with the hashes told.
 *  @param last no other hash will come */
void jingle__file_check(jingle_file_t *file, bool last);
/** It is whole: gives it its name. @return JINGLE_EOK, or an error of writing */
int jingle__file_keep(jingle_file_t *file);
/** What was received is of no use. */
void jingle__file_discard(jingle_file_t *file);
/** Is all there that was announced? */
bool jingle__file_is_complete(const jingle_file_t *file);
/* range.c */
/** @return octets to transfer; JINGLE_FILE_SIZE_UNKNOWN: as many as come */
uint64_t jingle__range_octets(const jingle_file_t *file);
/** Is less transferred than the file? */
bool jingle__range_is_part(const jingle_file_t *file);
/** Is the file whole, and its hash known, when all has passed? */
bool jingle__range_is_whole(const jingle_file_t *file);
/** Would it be with what lies before the range? */
bool jingle__range_wants_prefix(const jingle_file_t *file);
/** Does it lie in a file of that size? */
bool jingle__range_fits(uint64_t size, const jingle__range_t *range);
jingle__range_t jingle__range_of(const jingle__file_numbers_t *numbers);
/** Both fit into the size. */
bool jingle__range_equals(uint64_t size, const jingle__range_t *a, const jingle__range_t *b);
/** Begins the hashes. @param whole that of the whole file too */
int jingle__range_start(jingle_file_t *file, unsigned bits, bool whole);
int jingle__range_update(jingle_file_t *file, const void *data, size_t len);
int jingle__range_finish(jingle_file_t *file);
typedef enum {
    JINGLE__RIGHT, /**< it can be taken: nothing speaks against it, and no hash need speak for it */
    JINGLE__WRONG, /**< it is not what was offered */
    JINGLE__UNPROVEN, /**< it can only be taken with a hash, and none has come */
} jingle__proof_t;
/** Compares all that has passed with what was told so far. */
jingle__proof_t jingle__file_verify(jingle_file_t *file);
/** Is a hash announced that is better than what was told? */
bool jingle__file_waits_for_hash(const jingle_file_t *file);
/** What became of one that is not right, when no other hash will come. */
jingle_file_outcome_t jingle__file_unproven(const jingle_file_t *file, jingle__proof_t proof);
/** Takes over what `<file/>` in a `<checksum/>` tells. @return JINGLE_EOK, JINGLE_EINVAL */
int jingle__range_read_checksum(jingle_file_t *file, xmpp_stanza_t *element);

/* request.c */
/** Is it a request of the peer's that nobody has decided on? */
bool jingle__request_is_open(const jingle_file_t *file);
/** Does a request say which file it means? */
bool jingle__request_selects(xmpp_stanza_t *element, const jingle__file_numbers_t *numbers);
/** Adds a content in which the other side is to send. @param name NULL: made up @param transport NULL: any */
int jingle__request_add(jingle_session_t *session, jingle_file_t *file, const char *name,
                        const char *transport);
/** Judges the answer to a request of ours. */
jingle_check_t jingle__request_check(jingle_file_t *file, xmpp_stanza_t *element,
                                     jingle_reason_t *why);

/* transfer.c */
/** Makes a file to send; the program's data is freed in any case.
 *  @return as jingle_send_file() */
int jingle__file_make(jingle_t *jingle, const char *path, const jingle_send_file_t *options,
                      jingle_file_t **out);
/** @return options, or all defaults */
const jingle_send_file_t *jingle__send_options(const jingle_send_file_t *options);
bool jingle__send_options_are_valid(const char *path, const jingle_send_file_t *options);
/** Frees the program's data. @return JINGLE_EINVAL */
int jingle__send_refuse(const jingle_send_file_t *options);
/** Computes the hashes from timers, and then starts the session, or accepts the content.
 *  @return JINGLE_EOK, JINGLE_EMEM */
int jingle__file_hash_first(jingle_file_t *file);
/** All is read that had to be: starts the session, or accepts the content. */
void jingle__file_start(jingle_file_t *file);
/** It fails, and so does its session, which was never started and does not end by itself. */
void jingle__file_cannot_start(jingle_file_t *file, jingle_file_outcome_t outcome,
                               jingle_condition_t condition, const char *text);
/** The program has done so, and nobody waits for the hash: it is told at the end. */
void jingle__file_started(jingle_file_t *file);

/* plugin.c */
/** What everybody is told whose request is not served, whatever the cause. */
#define JINGLE__NOT_AVAILABLE "the file is not available"
jingle_check_t jingle__file_unusable(jingle_file_t *file, jingle_reason_t *why,
                                     jingle_condition_t condition, const char *text,
                                     const char *detail);
extern const jingle_application_t jingle__file_plugin;

#include "hashing.h"
#include "last_words.h"
#include "resume.h"

#endif
