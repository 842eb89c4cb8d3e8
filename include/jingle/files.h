/* SPDX-License-Identifier: MIT */
/** @file
 *  File transfer (XEP-0234), an application of the managed type.
 *
 *  A program registers it once and is told of every file, sent or received, by the callbacks given
 *  there: offered, asked for, started, progress, done. A received file is written under a `.part`
 *  name in the chosen folder and gets its own name when it is whole, its hash checked and it is on
 *  the disk. It never replaces a file and never leaves the folder. Of a failed transfer nothing
 *  stays, unless JINGLE_FILES(.resume = true): then a transfer that was cut leaves its `.part` file,
 *  and the next offer of that file, or request for it, goes on with it.
 *
 *  Restoring a session (save.h) opens the file that is sent, and the `.part` file of one that is received,
 *  which it locks; if it fails it gives both back unchanged. One exception: an accepted transfer that was
 *  still reading what had been kept looks for that anew, and where it is of no use any more begins an empty
 *  `.part` file, with its state, for the next offer of that file to go on with.
 *
 *  The rules on threads, re-entrancy and ownership are in manager.h. */
#ifndef JINGLE_FILES_H
#define JINGLE_FILES_H

#include <jingle/hashes.h>
#include <jingle/managed.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Namespace of the application (XEP-0234). */
#define JINGLE_NS_FILE_TRANSFER "urn:xmpp:jingle:apps:file-transfer:5"
/** Namespace of what stands beside a reason, such as `<file-too-large/>` (XEP-0234). */
#define JINGLE_NS_FILE_TRANSFER_ERRORS "urn:xmpp:jingle:apps:file-transfer:errors:0"
/** Namespace of `<thumbnail/>` (XEP-0264). */
#define JINGLE_NS_THUMBNAILS "urn:xmpp:thumbs:1"
/** Namespace of bits of binary (XEP-0231), by which thumbnails are fetched. Registering file transfer serves
 *  it, unless the program does; then thumbnails of ours are the program's to serve too. */
#define JINGLE_NS_BOB "urn:xmpp:bob"

/** One file on its way, in one content of a managed session. */
typedef struct jingle_file jingle_file_t;

/* ---- what is known of a file --------------------------------------------------------------- */

/** jingle_file_info_t.file_size when nobody told it. */
#define JINGLE_FILE_SIZE_UNKNOWN UINT64_MAX
/** jingle_file_info_t.date when nobody told it. */
#define JINGLE_FILE_DATE_UNKNOWN INT64_MIN

/** Octets of a picture that is sent (XEP-0231 section 2.1 advises against more). */
#define JINGLE_PICTURE_MAX 8192u
/** Octets of a picture that is taken. */
#define JINGLE_PICTURE_TAKEN_MAX 65536u

/** A small picture of what is in a file. */
typedef struct {
    const void *data;       /**< as the media type says */
    size_t len;             /**< octets */
    const char *media_type; /**< such as image/png; of a peer's as it says */
    uint32_t width;         /**< in pixels; 0: not told. Of a peer's as it says */
    uint32_t height;        /**< as width */
} jingle_picture_t;

/** `<thumbnail/>` (XEP-0264): that there is a picture. jingle_file_fetch_picture() gets it. */
typedef struct {
    const char *uri; /**< where it is: `cid:` and a content id, else nothing that is fetched here */
    const char *media_type; /**< "image/png" when absent or malformed; never NULL */
    uint32_t width;         /**< in pixels; 0: not told */
    uint32_t height;        /**< as width */
} jingle_thumbnail_t;

/** `<file/>`, XEP-0234 section 5. What a peer wrote is hostile: use and show safe_name. */
typedef struct {
    const char *name;       /**< as it was written, U+FFFD for what is no text; NULL when absent */
    const char *safe_name;  /**< made fit to be shown and to be one name in a folder; never NULL */
    uint64_t file_size;     /**< octets, or JINGLE_FILE_SIZE_UNKNOWN */
    int64_t date;           /**< last change, seconds since 1970 UTC, or JINGLE_FILE_DATE_UNKNOWN */
    const char *media_type; /**< "application/octet-stream" when absent or malformed; never NULL */
    const char *desc;       /**< for people, made fit to be shown; NULL when absent */
    const jingle_hash_t *hashes;         /**< told or announced so far, the strongest first */
    size_t n_hashes;                     /**< how many */
    bool has_ranges;                     /**< the sender can send a part of it */
    const jingle_thumbnail_t *thumbnail; /**< NULL: none */
} jingle_file_info_t;

/** How a file came out. X(NAME, name, words) */
#define JINGLE_FILE_OUTCOMES(X)                                                                    \
    X(NONE, "none", "not finished")                                                                \
    X(DONE, "done", "transferred")                                                                 \
    X(DECLINED, "declined", "declined")                                                            \
    X(CANCELLED, "cancelled", "cancelled")                                                         \
    X(NOT_VERIFIED, "not-verified", "what arrived is not what was offered")                        \
    X(SHORT, "short", "the data ended before the file was whole")                                  \
    X(TOO_LARGE, "too-large", "larger than announced or allowed")                                  \
    X(NO_SPACE, "no-space", "no room is left to write it")                                         \
    X(IO_ERROR, "io-error", "the file could not be read or written")                               \
    X(UNAVAILABLE, "unavailable", "the other side cannot take or give the file")                   \
    X(TIMEOUT, "timeout", "the other side fell silent")                                            \
    X(DISCONNECTED, "disconnected", "the connection to the other side broke")                      \
    X(FAILED, "failed", "the transfer failed")

/** The outcomes, such as JINGLE_FILE_DONE. */
typedef enum {
#define JINGLE_X(name, wire, words) JINGLE_FILE_##name,
    JINGLE_FILE_OUTCOMES(JINGLE_X)
#undef JINGLE_X
        JINGLE_FILE_OUTCOME_COUNT
} jingle_file_outcome_t;

/** @return the outcome's name for scripts, never NULL */
JINGLE_API const char *jingle_file_outcome_name(jingle_file_outcome_t outcome);
/** @return a few words for people, never NULL */
JINGLE_API const char *jingle_file_outcome_words(jingle_file_outcome_t outcome);

/** @return what is known of it; borrowed as long as the file */
JINGLE_API const jingle_file_info_t *jingle_file_get_info(const jingle_file_t *file);
/** @return true when we send it */
JINGLE_API bool jingle_file_is_sender(const jingle_file_t *file);
/** @return octets transferred so far: sent, that is taken by the transport, or written; without
 *          those before jingle_file_get_offset(). Of the whole file get_offset() + get_bytes() are
 *          there */
JINGLE_API uint64_t jingle_file_get_bytes(const jingle_file_t *file);
/** @return octets a second, smoothed over the last seconds; 0 until half a second of data has passed,
 *          and when none has for long. By the clock of jingle_tick() */
JINGLE_API uint64_t jingle_file_get_rate(const jingle_file_t *file);
/** @return where in the file the transfer begins; known at on_start. Not 0 where it goes on with what
 *          was kept (JINGLE_FILES(.resume = true)) or where a part was asked for */
JINGLE_API uint64_t jingle_file_get_offset(const jingle_file_t *file);
/** @return octets that are to be transferred, from get_offset() on; JINGLE_FILE_SIZE_UNKNOWN */
JINGLE_API uint64_t jingle_file_get_length(const jingle_file_t *file);
/** @return true when the transfer failed, but what came was kept, to be gone on with */
JINGLE_API bool jingle_file_is_kept(const jingle_file_t *file);
/** For who has little room: what an earlier transfer has left of an offered file that nobody has decided on.
 *  It is looked for in the registered folder now; jingle_file_accept() reads it, and may find it damaged.
 *  @return octets of the whole file; 0: none, or nothing can be gone on with */
JINGLE_API uint64_t jingle_file_get_kept(const jingle_file_t *file);
/** @return true when the receiver has asked for it (XEP-0234 section 6.2) */
JINGLE_API bool jingle_file_is_requested(const jingle_file_t *file);
/** @return where it is: the path given to send; the path of a received file, of the partial one
 *          until it is done; NULL when there is none. Borrowed until the next callback about it */
JINGLE_API const char *jingle_file_get_path(const jingle_file_t *file);
/** @return the strongest hash that was computed here, once all has passed: of the whole file, or of
 *          the part that was transferred where that is less; or NULL */
JINGLE_API const jingle_hash_t *jingle_file_get_hash(const jingle_file_t *file);
/** @return true when the data was compared with a hash of the sender's and is the same; at the
 *          sender: when the receiver has said that it has the file (XEP-0234 section 8.1) */
JINGLE_API bool jingle_file_is_verified(const jingle_file_t *file);
/** @return JINGLE_FILE_NONE until on_done */
JINGLE_API jingle_file_outcome_t jingle_file_get_outcome(const jingle_file_t *file);
/** @return why it failed, in words for people: ours, or cleaned ones of the peer's; "" when it did
 *          not fail; never NULL */
JINGLE_API const char *jingle_file_get_text(const jingle_file_t *file);
/** @return the reason the content or session ended with; JINGLE_REASON_UNDEFINED before and when
 *          there was none */
JINGLE_API jingle_condition_t jingle_file_get_reason(const jingle_file_t *file);
/** @return its content; NULL after on_done. Borrowed */
JINGLE_API jingle_content_t *jingle_file_get_content(const jingle_file_t *file);
/** @return its session; NULL after on_done. In there it may have ended: nothing is added to it. Borrowed */
JINGLE_API jingle_session_t *jingle_file_get_session(const jingle_file_t *file);
/** @return the peer's full JID; never NULL */
JINGLE_API const char *jingle_file_get_peer(const jingle_file_t *file);
/** @return the session's sid; never NULL */
JINGLE_API const char *jingle_file_get_sid(const jingle_file_t *file);
/** A pointer of the program's own. @param free_fn called with user when it is replaced or the file
 *  is freed; or NULL */
JINGLE_API void jingle_file_set_user(jingle_file_t *file, void *user, void (*free_fn)(void *user));
/** @return what was set last, or NULL */
JINGLE_API void *jingle_file_get_user(const jingle_file_t *file);

/** Keeps a file beyond its end; each clone needs a release. */
JINGLE_API jingle_file_t *jingle_file_clone(jingle_file_t *file);
/** Gives a reference back. NULL is ignored. */
JINGLE_API void jingle_file_release(jingle_file_t *file);

/** @return the file of a content; NULL when its application is not file transfer. Borrowed */
JINGLE_API jingle_file_t *jingle_content_get_file(const jingle_content_t *content);
/** The files of a session in the order of its contents. @param index from 0
 *  @return borrowed; NULL past the end, and for a session that has ended */
JINGLE_API jingle_file_t *jingle_session_get_file(const jingle_session_t *session, size_t index);

/* ---- setting up ---------------------------------------------------------------------------- */

/** Tells of a file. @param file borrowed for the call; jingle_file_clone() keeps it */
typedef void (*jingle_file_fn)(jingle_t *jingle, jingle_file_t *file, void *userdata);

/** How file transfer is set up; every field may be left out. Use JINGLE_FILES(). */
typedef struct {
    size_t size;        /**< set by JINGLE_FILES() */
    const char *folder; /**< where received files go; NULL: only where jingle_file_accept() says */
    uint64_t max_size;  /**< octets: no offer of more, and no more data; 0: no limit */
    /** The peer offers a file: jingle_file_accept() or jingle_file_decline(), now or later. Comes
     *  after JINGLE_EVENT_INCOMING, where jingle_session_accept() is as good: it puts the file into
     *  folder. Left out: the event is all. */
    jingle_file_fn on_offer;
    jingle_file_fn on_start;    /**< the data begins to flow */
    jingle_file_fn on_progress; /**< some data has passed */
    /** It is over: see jingle_file_get_outcome(). Once for each file that is ours or was told of (what
     *  max_size or require_hash refuses is not), before JINGLE_EVENT_TERMINATED. */
    jingle_file_fn on_done;
    void *userdata; /**< for the callbacks */
    /** ms: a transfer under way fails after one to two such times without data; 0: 60,000; UINT32_MAX:
     *  never. Our own pause does not count. The first data of a part may take longer: the sender reads
     *  what lies before it, 16 MiB a second if it is slow. */
    uint32_t idle_timeout;
    /** ms to wait for an announced hash, once all data is there; 0: 4,000, or 50,000 where the file is
     *  nothing without it (require_hash, or it went on with what was kept). Else it is kept, not verified */
    uint32_t checksum_timeout;
    /** Refuse offers without a hash, fail files whose hash never came: TIMEOUT if one was announced. */
    bool require_hash;
    /** Keep what came into a folder when a transfer is cut (the connection, a time-out, a crash, our
     *  own end; not a decline, a wrong hash or a full disk), if the sender can send parts and has
     *  announced a hash. A small state file `.jingle-...` beside the `.part` file says how much of it
     *  is sure. When somebody with the same bare JID offers the same name and size again,
     *  jingle_file_accept() reads and checks what is there, in pieces, from timers; then asks for the
     *  rest only. The hash of the whole file decides at the end; if it is wrong, or only that of the rest
     *  was told, all is dropped.
     *  jingle_session_accept() begins anew. For files that are asked for see jingle_request_file(). */
    bool resume;
    /** The peer asks for a file: jingle_file_provide() or jingle_file_decline(), now or later.
     *  jingle_file_get_info() has what the peer says of it, jingle_file_matches() compares. Left out:
     *  every request is answered as one for a file that there is not (XEP-0234 section 9.1). */
    jingle_file_fn on_request;
} jingle_files_t;

/** `jingle_register_file_transfer(jingle, JINGLE_FILES(.folder = "downloads"))` */
#define JINGLE_FILES(...) (&(const jingle_files_t){.size = sizeof(jingle_files_t), __VA_ARGS__})

/** Registers the application; in-band bytestreams too unless that was done (XEP-0234 section 10.1
 *  wants them always there): to set them up call jingle_register_ibb() first.
 *  @param config copied; NULL for all defaults
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL, JINGLE_EEXIST, JINGLE_ENOENT (folder is none) */
JINGLE_API int jingle_register_file_transfer(jingle_t *jingle, const jingle_files_t *config);

/* ---- sending ------------------------------------------------------------------------------- */

/** Of a jingle_file_read_fn that has nothing now: pause is on until jingle_file_pause(file, false). */
#define JINGLE_FILE_LATER (-100)

/** Gives data of a file to send, from the start to the end, each octet once; of a part (seekable)
 *  from its start. What lies before a part that reaches to the end is asked for too: it is not sent, but
 *  read for the hash of the whole, since the receiver may have it.
 *  @param offset where in the file
 *  @param len    room in buffer, at least 1
 *  @return octets; 0: the end; JINGLE_FILE_LATER; any other negative number: it cannot be read */
typedef long (*jingle_file_read_fn)(jingle_file_t *file, uint64_t offset, void *buffer, size_t len,
                                    void *userdata);

/** What to send and how; every field may be left out. Use JINGLE_SEND_FILE(). */
typedef struct {
    size_t size;            /**< set by JINGLE_SEND_FILE() */
    const char *name;       /**< NULL: last part of the path. Never a path (XEP-0234 section 5) */
    const char *desc;       /**< for people */
    const char *media_type; /**< as registered with IANA; NULL: application/octet-stream */
    unsigned hashes;        /**< JINGLE_HASH_BIT() of the algorithms; 0: sha-256 */
    bool hash_now; /**< read all before the offer, to tell its hash, from timers. Not with read */
    jingle_file_read_fn read;              /**< gives the data, instead of a file at path */
    uint64_t file_size;                    /**< with read: octets, or JINGLE_FILE_SIZE_UNKNOWN */
    bool has_date;                         /**< with read: date is set */
    int64_t date;                          /**< with read: seconds since 1970 UTC */
    void *userdata;                        /**< for read and userdata_free */
    void (*userdata_free)(void *userdata); /**< called once, whether the function fails or not */
    const char *content_name;              /**< NULL: made up */
    const char *transport; /**< namespace: only this one; NULL: what fits, the best first */
    const jingle_session_config_t *session; /**< with jingle_send_file(): of the session it makes */
    /** With read: it can begin anywhere. A file always can. The receiver may ask for a part then, which
     *  is sent if the file is still of that size and date. */
    bool seekable;
    /** Copied: a picture (JINGLE_PICTURE_MAX) to be fetched while the content lives (XEP-0264). */
    const jingle_picture_t *thumbnail;
} jingle_send_file_t;

/** `jingle_send_file(jingle, peer, path, JINGLE_SEND_FILE(.desc = "for you"), NULL)` */
#define JINGLE_SEND_FILE(...)                                                                      \
    (&(const jingle_send_file_t){.size = sizeof(jingle_send_file_t), __VA_ARGS__})

/** Makes a session with one file and starts it. The file is opened at once and kept open.
 *  @param peer full JID
 *  @param path of a regular file, or NULL with options->read. It may change name meanwhile
 *  @param options NULL for all defaults
 *  @param session receives it, borrowed while it lives, or NULL when it has ended already; may be NULL
 *  @return JINGLE_EOK: on_done will tell how it came out; else it will not be called: JINGLE_EMEM,
 *          JINGLE_EINVAL (also: path is not a regular file, media_type is none), JINGLE_ENOENT (no
 *          such file, or file transfer is not registered, or no transport fits), JINGLE_EIO (errno says why), or as
 *          jingle_session_new() and jingle_session_start() */
JINGLE_API int jingle_send_file(jingle_t *jingle, const char *peer, const char *path,
                                const jingle_send_file_t *options, jingle_session_t **session);
/** Adds a file to a managed session: before its start to the offer, afterwards by content-add. A session
 *  ends with its last content, before the on_done of that: who answers a file by one of its own in there
 *  adds it in on_start at the latest. hash_now is done on the spot here.
 *  @param file receives it, borrowed while the content lives; may be NULL
 *  @return as jingle_send_file() and jingle_session_add_content() */
JINGLE_API int jingle_session_add_file(jingle_session_t *session, const char *path,
                                       const jingle_send_file_t *options, jingle_file_t **file);

/* ---- receiving ----------------------------------------------------------------------------- */

/** Takes data of a received file, in order, each octet once. To be given no more for a while, call
 *  jingle_file_pause().
 *  @return JINGLE_EOK; JINGLE_ELIMIT: no room; any other error: it cannot be written */
typedef int (*jingle_file_write_fn)(jingle_file_t *file, uint64_t offset, const void *data,
                                    size_t len, void *userdata);
/** Called once after the last data, or when no more comes.
 *  @param whole all is there and the hash, if there was one, is right: keep it; else: drop it
 *  @return JINGLE_EOK; with whole an error fails the transfer, as for write */
typedef int (*jingle_file_finish_fn)(jingle_file_t *file, bool whole, void *userdata);

/** Where an accepted file goes; every field may be left out. Use JINGLE_ACCEPT_FILE(). */
typedef struct {
    size_t size;                  /**< set by JINGLE_ACCEPT_FILE() */
    const char *folder;           /**< NULL: the registered one */
    const char *name;             /**< name in the folder, made safe; NULL: the offered one */
    jingle_file_write_fn write;   /**< takes the data, instead of a file in a folder */
    jingle_file_finish_fn finish; /**< with write; may be left out */
    void *userdata;               /**< for write and finish */
    uint64_t offset;              /**< with write, if info has_ranges: the first octet wanted */
    uint64_t length; /**< with write, if info has_ranges: octets wanted; 0: to the end */
} jingle_accept_file_t;

/** `jingle_file_accept(file, JINGLE_ACCEPT_FILE(.folder = "inbox"))` */
#define JINGLE_ACCEPT_FILE(...)                                                                    \
    (&(const jingle_accept_file_t){.size = sizeof(jingle_accept_file_t), __VA_ARGS__})

/** Accepts an offered file. The partial file is made here, so that a folder that cannot be written
 *  is known before anything is sent.
 *  @param options NULL for all defaults
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL (there is no folder to put it; or the part is none
 *          of the file, or cannot be had), JINGLE_EIO (errno says why; the offer is still undecided),
 *          JINGLE_EINVOP (not an undecided offer) */
JINGLE_API int jingle_file_accept(jingle_file_t *file, const jingle_accept_file_t *options);
/** Declines an offered file, or a request: then text is not sent, so that the answer is the same
 *  whatever the cause. @param text for people, or NULL @return JINGLE_EOK, JINGLE_EINVOP */
JINGLE_API int jingle_file_decline(jingle_file_t *file, const char *text);

/** Gets the picture, or what there was instead. Called once.
 *  @param file    borrowed; may be over
 *  @param picture borrowed; NULL: it cannot be had, is too large, or is not the one that was named */
typedef void (*jingle_picture_fn)(jingle_file_t *file, const jingle_picture_t *picture,
                                  void *userdata);

/** Asks the sender for the picture of a file that it offers (XEP-0264 section 3, XEP-0231 section 3),
 *  before or after it is accepted. That the picture is the one named is checked where the content id is
 *  made of a hash that is known here. What is in it is the peer's: it may be no picture at all, or one that
 *  is made to break who decodes it.
 *  @return JINGLE_EOK: fn will be called once; else it will not: JINGLE_ENOENT (there is none, or not by
 *          `cid:`), JINGLE_EINVOP (over), JINGLE_EINVAL, or as jingle_request() */
JINGLE_API int jingle_file_fetch_picture(jingle_file_t *file, jingle_picture_fn fn, void *userdata);

/** Stops a transfer for good: content-remove, or the end of the session with its last content, with
 *  the reason cancel (XEP-0234 section 6.5). @return JINGLE_EOK, JINGLE_EINVOP */
JINGLE_API int jingle_file_cancel(jingle_file_t *file, const char *text);
/** Holds a transfer and lets it go on. A pause longer than time-outs (a minute) ends the transfer
 *  in-band, where the peer waits for the answer to its block, and anywhere at its end: a sender waits 55
 *  seconds for the receiver to say that it has all.
 *  @return JINGLE_EOK, JINGLE_EINVOP (over) */
JINGLE_API int jingle_file_pause(jingle_file_t *file, bool paused);

/* ---- asking for files ---------------------------------------------------------------------- */

/** Which file is wanted, by at least one of name, file_size, date, media_type and hash (XEP-0234
 *  section 6.2), and where it goes. Use JINGLE_REQUEST_FILE(). */
typedef struct {
    size_t size;               /**< set by JINGLE_REQUEST_FILE() */
    const char *name;          /**< as the other side calls it; no path */
    uint64_t file_size;        /**< octets; 0: any */
    bool has_date;             /**< date is set */
    int64_t date;              /**< last change, seconds since 1970 UTC */
    const char *media_type;    /**< NULL: any */
    const jingle_hash_t *hash; /**< of the file, which is checked at the end; NULL: any */
    uint64_t offset;           /**< with write: the first octet wanted */
    uint64_t length;           /**< with write: octets wanted; 0: to the end */
    const char *folder;        /**< NULL: the registered one */
    const char *save_as;       /**< name in the folder, made safe; NULL: name, else as it is told */
    jingle_file_write_fn write;   /**< takes the data, instead of a file in a folder */
    jingle_file_finish_fn finish; /**< with write; may be left out */
    void *userdata;               /**< for write and finish; must live until finish or on_done */
    const char *content_name;     /**< NULL: made up */
    const char *transport;        /**< namespace: only this one; NULL: what fits, the best first */
    const jingle_session_config_t *session; /**< with jingle_request_file(): of the session */
} jingle_request_file_t;

/** `jingle_request_file(jingle, peer, JINGLE_REQUEST_FILE(.name = "letter.txt"), NULL)` */
#define JINGLE_REQUEST_FILE(...)                                                                   \
    (&(const jingle_request_file_t){.size = sizeof(jingle_request_file_t), __VA_ARGS__})

/** Makes a session that asks for one file and starts it. The first that is heard of the file is
 *  on_start, or on_done: JINGLE_FILE_UNAVAILABLE when it is not given.
 *
 *  With JINGLE_FILES(.resume = true), and a folder, it goes on with what was kept of a file that this
 *  bare JID has offered by that name, or was asked for by it (where no name is given: by that hash).
 *  What is there is read and checked first, in pieces, from timers; then the session is started, and
 *  asks for the rest only. Who gives the whole all the same is listened to from the beginning. Who
 *  tells another size, date or hash than before has another file, and who does not give it (XEP-0234's
 *  file-not-available) may have no such rest: then what was kept is dropped, the session ends, or the
 *  content goes, and the same jingle_file_t asks for the whole, once, in a session of its own
 *  (jingle_file_get_session()). on_done is called at the end of that. A transfer that was restored (save.h)
 *  ends instead with JINGLE_FILE_NOT_VERIFIED or JINGLE_FILE_UNAVAILABLE; so does one whose data does not
 *  have the hash in the end. Who asks once more asks for the whole.
 *  @param peer full JID
 *  @param session receives it, borrowed while it lives, or NULL when it has ended already; may be NULL
 *  @return JINGLE_EOK: on_done will tell how it came out; else it will not be called: JINGLE_EMEM,
 *          JINGLE_EINVAL (also: nothing says which file; a part without write, or beyond file_size; no
 *          folder), JINGLE_ENOENT (file transfer is not registered, or no transport fits), or as
 *          jingle_session_new() and jingle_session_start() */
JINGLE_API int jingle_request_file(jingle_t *jingle, const char *peer,
                                   const jingle_request_file_t *request,
                                   jingle_session_t **session);
/** Adds a request to a managed session: before its start to the offer, afterwards by content-add.
 *  What was kept is asked for the rest of before it is checked, and is checked while the data waits:
 *  if it is damaged then the transfer fails with JINGLE_FILE_IO_ERROR, and it is dropped.
 *  @param file receives it, borrowed while the content lives; may be NULL
 *  @return as jingle_request_file() and jingle_session_add_content() */
JINGLE_API int jingle_session_add_request(jingle_session_t *session,
                                          const jingle_request_file_t *request,
                                          jingle_file_t **file);
/** Serves a request of the peer's. That the file is the one meant, and may be had, is the program's to
 *  know: jingle_file_matches() compares.
 *  @param path    as for jingle_send_file()
 *  @param options as for jingle_send_file(); content_name, transport and session are ignored
 *  @return JINGLE_EOK; else the request is still undecided: JINGLE_EMEM, JINGLE_EINVAL (also: the part
 *          that is wanted is not in the file), JINGLE_ENOENT (no such file), JINGLE_EIO (errno says
 *          why), JINGLE_EINVOP (not an undecided request) */
JINGLE_API int jingle_file_provide(jingle_file_t *file, const char *path,
                                   const jingle_send_file_t *options);
/** Is this a file that a request can mean? All that the request says must be so; of its hashes, those
 *  that are known of the file, and at least one. @param wanted info of a request, by
 *  jingle_file_get_info() @param candidate what the program knows of a file; name is compared as it is */
JINGLE_API bool jingle_file_matches(const jingle_file_info_t *wanted,
                                    const jingle_file_info_t *candidate);

/* ---- names and dates ----------------------------------------------------------------------- */

/** Makes a name fit to be shown and to be one name in a folder (XEP-0234 sections 5 and 12): valid
 *  UTF-8, no separators, control characters or direction overrides, no leading dot, no name that is
 *  reserved somewhere, short enough for " (9999)" and ".part" to be added.
 *  @param mem allocator, or NULL for malloc; free the result with it
 *  @return NULL when out of memory */
JINGLE_API char *jingle_safe_name(const xmpp_mem_t *mem, const char *name);
/** Makes text of a peer's fit to be shown: valid UTF-8 without control characters (but line ends
 *  and tabs) and direction overrides, at most max octets. As jingle_safe_name(). */
JINGLE_API char *jingle_safe_text(const xmpp_mem_t *mem, const char *text, size_t max);
/** Reads a XEP-0082 DateTime. @return false when it is none */
JINGLE_API bool jingle_date_parse(const char *text, int64_t *seconds);
/** Room for what jingle_date_format() writes. */
#define JINGLE_DATE_MAX 32
/** Writes a XEP-0082 DateTime in UTC. @return false for a year outside 0000 to 9999 */
JINGLE_API bool jingle_date_format(int64_t seconds, char text[JINGLE_DATE_MAX]);

#ifdef __cplusplus
}
#endif

#endif
