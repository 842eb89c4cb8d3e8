/* SPDX-License-Identifier: MIT */
/** @file
 *  Sessions that outlive the process: jingle_save() writes one into a buffer of the program's,
 *  jingle_restore() makes it again, in another process, under the same JID.
 *
 *  How a program does it. It calls jingle_set_tell_changes(), and on JINGLE_EVENT_CHANGED it saves
 *  the session and puts the octets where a crash cannot take them: a new file, fsync(), rename().
 *  The event comes before the answer or request that goes with the change leaves, so nothing is
 *  ever acknowledged, and no request sent, that a saved session does not know of. On
 *  JINGLE_EVENT_TERMINATED it removes them. After a crash it connects, *with the same full JID*
 *  (peers send to that), registers what it did before, and restores each. jingle_free() ends the
 *  sessions, and with a transfer that ends what has come of the file may go: a program that stops and
 *  wants to go on later leaves without it, as if it were killed; where ending does no harm, it detaches
 *  first, so that peers hear nothing, and keeps what it has saved. A connection that breaks ends no
 *  session (see jingle_attach()), but what was on its way is lost, as in a crash. examples/restart_bot.c
 *  and examples/gateway.c are such programs.
 *
 *  What is saved: who talks to whom, sid, role, state, connection state, whether the offer is
 *  acknowledged, the session type by its name, the applications, our requests that were not
 *  answered (their ids, and the time they have left), which of the peer's actions were answered last,
 *  and what the type and its plug-ins keep. Not the program's own pointer
 *  (jingle_session_set_user()), and not an action of the peer's that was not answered: the peer knows
 *  that it was not. Its server sends it again where Stream Management (XEP-0198) still holds our
 *  stream; else it gets an error, or runs out of time, as with any entity that went away. A session
 *  whose offer was not acknowledged is none yet: it cannot be saved.
 *
 *  What comes again: an action may have been handled and saved, and its answer lost with the
 *  process. When the server or the peer sends it once more, with the same id, it is answered as it
 *  was and no handler sees it. That holds in a restored session, once in each life, for the last
 *  eight actions that were answered while changes were told, but for pings (session-info without
 *  anything in it); an error has lost its text, and one that names.h does not have has become
 *  internal-server-error. For in-band bytestreams it holds for the
 *  open and the last sixteen blocks. So a session type or plug-in completes a reply last, when all is
 *  done that the action does: what is saved with the answer must know of it.
 *
 *  What comes back: answers to requests made before count when id, sender and type fit, in any
 *  manager. A request that is answered while nobody is there is lost with its answer; it runs out
 *  of time as ever, and only a session-initiate that nobody has accepted ends its session then.
 *
 *  What is asked again: a request may have been saved and, the process being killed, never sent. With
 *  JINGLE_RESTORE(.repeat = true) a session-initiate or session-accept that was not answered is sent
 *  once more, with the same id and all of its time. A peer that has it says out-of-order
 *  (unexpected-request), which then is as good as a result; unknown-session says that the session is
 *  over, and ends it. They are kept for that while changes are told, up to 64 KiB each. The others are
 *  not sent again, they run out of time:
 *
 *  - session-info, description-info, transport-info, security-info, content-modify, source-add,
 *    source-remove: a peer that has one cannot know that the second is the same, and would do it twice
 *    (a move, a step of a handshake). A type or plug-in for which that does no harm can say it again
 *    in restored or resume.
 *  - content-add, transport-replace: the second is refused, as a name that is taken or as a tie, which
 *    is what a refusal of the first looks like.
 *  - content-accept, transport-accept, transport-reject: out-of-order is also what the peer says when it
 *    has taken the offer back meanwhile.
 *  - content-reject, content-remove: a managed session that was saved before the content was over says it
 *    again, with another id; a peer that has the first says out-of-order, or nothing, and it is over.
 *  - session-terminate: a session that has ended is not saved. The peer hears unknown-session when it
 *    next says anything.
 *
 *  In-band bytestreams send their open, blocks and close again by themselves (ibb.h).
 *
 *  The octets are the same on all machines, and those of an older library are read. They end with a
 *  checksum, against accident: damaged, cut or foreign ones are refused. Ones that somebody has made on purpose are read within their
 *  bounds, and limits hold, but they can make a session that never was, with what its plug-ins keep:
 *  the path of a file to send, say. Keep them where nobody else can write or read.
 *
 *  The rules on threads, re-entrancy and ownership are in manager.h. */
#ifndef JINGLE_SAVE_H
#define JINGLE_SAVE_H

#include <jingle/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Octets that one saved session has at most. */
#define JINGLE_SAVE_MAX (1u << 20)

/* ---- what a program does ------------------------------------------------------------------- */

/** Tells the program of changes (JINGLE_EVENT_CHANGED), or not, which is how a manager begins. */
JINGLE_API void jingle_set_tell_changes(jingle_t *jingle, bool tell);

/** Writes a session.
 *  @param buffer NULL with size 0: says only how many octets it takes
 *  @param len receives how many octets it takes, also with JINGLE_ELIMIT
 *  @return JINGLE_EOK; JINGLE_ELIMIT (does not fit into size, or is more than JINGLE_SAVE_MAX: *len
 *          says which); JINGLE_EINVOP (ended, only being made, inside the events before our offer
 *          leaves, or the peer's and its offer not acknowledged); JINGLE_ENOENT (its type, or a
 *          plug-in at work in it, does not keep what would be needed); JINGLE_EINVAL; or what the
 *          type's save has returned */
JINGLE_API int jingle_save(jingle_session_t *session, void *buffer, size_t size, size_t *len);

/** How a session is restored; every field may be left out. Use JINGLE_RESTORE(). */
typedef struct {
    size_t size; /**< set by JINGLE_RESTORE() */
    uint64_t
        away;   /**< ms since it was saved, as far as known: requests have so much less time left */
    void *user; /**< see jingle_session_set_user() */
    void (*user_free)(void *); /**< frees user, also when no session is made; or NULL */
    bool repeat; /**< the stream is another one, not resumed (XEP-0198): what may not have left is
                      asked again, see above */
} jingle_restore_t;

/** `jingle_restore(jingle, data, len, JINGLE_RESTORE(.away = 2000), &session)` */
#define JINGLE_RESTORE(...)                                                                        \
    (&(const jingle_restore_t){.size = sizeof(jingle_restore_t), __VA_ARGS__})

/** Makes a session again (event created) and lets its type go on, which may send: call it when the
 *  manager can send, and has its JID.
 *  @param data    as written; borrowed for the call
 *  @param options NULL for all defaults
 *  @param session receives it, borrowed while it lives; may be NULL
 *  @return JINGLE_EOK; else there is no session, and but for JINGLE_EINVOP nothing was sent: JINGLE_EDATA (damaged, cut,
 *          or none of ours), JINGLE_EVERSION (of a version that this library does not know),
 *          JINGLE_ENOENT (its type or a plug-in is not registered, or has no restore),
 *          JINGLE_EEXIST (peer and sid are taken, or it is there already), JINGLE_ELIMIT,
 *          JINGLE_EMEM, JINGLE_EINVAL (also: it is another JID's than the manager's, who is not a
 *          component's), JINGLE_EINVOP (it ended at once: inside the event, or because its type could not go on; or
 *          the manager is going),
 *          or what the type's restore has returned */
JINGLE_API int jingle_restore(jingle_t *jingle, const void *data, size_t len,
                              const jingle_restore_t *options, jingle_session_t **session);

/** Makes a session type known to jingle_restore() that serves no offers; those that do, the base
 * type and the managed type are known already. A type is known again by its namespace or its name.
 *  @param type kept: must outlive the manager; its name must not be NULL
 *  @param userdata given to type->restore
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL, JINGLE_EEXIST (that name) */
JINGLE_API int jingle_register_restorable(jingle_t *jingle, const jingle_session_type_t *type,
                                          void *userdata);

/* ---- what a session type does -------------------------------------------------------------- */

/** What a type keeps of this session has changed: the event changed comes now. Not needed for what
 * a handler changes before it completes its reply, nor for what changes before a request is sent: the
 * event comes with those by itself, for types that have save. NULL is ignored. */
JINGLE_API void jingle_session_changed(jingle_session_t *session);

/** Which of the session's requests is this? For save: remember the number instead of the two.
 *  @return from 0; JINGLE_ENOENT when there is none (jingle_code_t) */
JINGLE_API int jingle_save_request(const jingle_session_t *session, jingle_answer_fn on_answer,
                                   void *userdata);
/** For restore: who is to be told the answer to that request. If restore fails then nobody is.
 *  @return JINGLE_EOK; JINGLE_ENOENT: no such request, or somebody is told already */
JINGLE_API int jingle_restore_request(jingle_session_t *session, uint64_t number,
                                      jingle_answer_fn on_answer, void *userdata);

/** Where save writes. What does not fit is counted, so that nobody has to look at room. */
struct jingle_saving {
    unsigned char *data; /**< NULL: only counts */
    size_t size;         /**< room */
    size_t len;          /**< octets written, or that would have been */
};

/** Writes a number. */
JINGLE_API void jingle_save_number(jingle_save_t *save, uint64_t number);
/** Writes octets. */
JINGLE_API void jingle_save_octets(jingle_save_t *save, const void *data, size_t len);
/** Writes text: UTF-8 that XML 1.0 can carry. What is none becomes U+FFFD, as in what is sent.
 *  @param text may be NULL, which is read as NULL */
JINGLE_API void jingle_save_text(jingle_save_t *save, const char *text);
/** Writes a string of any octets, such as a path. @param string may be NULL, which is read as NULL */
JINGLE_API void jingle_save_string(jingle_save_t *save, const char *string);
/** Begins a piece that can be read, or passed over, as a whole: whoever reads it too far or not far
 *  enough harms nobody else. @return what jingle_save_end() wants */
JINGLE_API size_t jingle_save_begin(jingle_save_t *save);
/** Ends a piece. */
JINGLE_API void jingle_save_end(jingle_save_t *save, size_t piece);

/** Where restore reads. The first failure sticks: from then on numbers are 0 and texts NULL, and it
 *  need be looked at only once, at the end. */
struct jingle_load {
    const unsigned char *at;  /**< what is next */
    const unsigned char *end; /**< one beyond the last octet */
    bool failed;              /**< something was not there, or not as asked for */
};

/** Reads a number. @param max a greater one is a failure @return 0 after a failure */
JINGLE_API uint64_t jingle_load_number(jingle_load_t *load, uint64_t max);
/** Reads octets. @param len receives how many @return borrowed as long as the data; NULL after a
 *  failure */
JINGLE_API const void *jingle_load_octets(jingle_load_t *load, size_t *len);
/** Reads text, which may be sent as it is; what XML cannot carry is a failure. @param max octets; a longer
 *  one is a failure @return borrowed as long as the data; NULL as it was written, and after a failure */
JINGLE_API const char *jingle_load_text(jingle_load_t *load, size_t max);
/** Reads a string of any octets; otherwise as jingle_load_text(). */
JINGLE_API const char *jingle_load_string(jingle_load_t *load, size_t max);
/** Reads a piece. @param piece receives it; empty after a failure */
JINGLE_API void jingle_load_piece(jingle_load_t *load, jingle_load_t *piece);
/** @return true when nothing has failed and all was read */
JINGLE_API bool jingle_load_is_done(const jingle_load_t *load);

#ifdef __cplusplus
}
#endif

#endif
