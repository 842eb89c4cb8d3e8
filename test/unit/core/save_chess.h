/* SPDX-License-Identifier: MIT */
/** @file
 *  A session type that keeps something, and what it keeps when it is saved. */
#ifndef TEST_UNIT_CORE_SAVE_CHESS_H
#define TEST_UNIT_CORE_SAVE_CHESS_H

#include "save_fixture.h"

typedef struct {
    uint64_t moves;
    int asked; /* number of a request, or -1 */
    char *note;
} chess_t;

static int fail_restore;
static bool ask_nobody, refuse_moves;

static inline int chess_create(jingle_session_t *session, void *userdata, void **self)
{
    (void)session;
    ck_assert_ptr_eq(userdata, &saved);
    *self = calloc(1, sizeof(chess_t));
    ((chess_t *)*self)->asked = -1;
    return JINGLE_EOK;
}

static inline void chess_free(void *self)
{
    free(((chess_t *)self)->note);
    free(self);
}

static inline int chess_start(jingle_session_t *session, void *self)
{
    (void)self;
    return engine_send(e, session, JINGLE_ACTION_SESSION_INITIATE, ENGINE_CONTENT);
}

static inline void chess_info(jingle_session_t *session, const jingle_data_t *data,
                              jingle_reply_t *reply, void *self)
{
    (void)data;
    ((chess_t *)self)->moves++;
    if (refuse_moves) {
        jingle_session_changed(session);
        jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_OUT_OF_ORDER));
    } else
        jingle_reply_ack(reply);
}

static inline int chess_save(jingle_session_t *session, jingle_save_t *save, void *self)
{
    chess_t *chess = self;
    size_t piece = jingle_save_begin(save);
    int number = jingle_save_request(session, on_answer, e);

    jingle_save_number(save, chess->moves);
    jingle_save_text(save, chess->note);
    jingle_save_end(save, piece);
    jingle_save_number(save, number < 0 ? UINT64_MAX : (uint64_t)number);
    return JINGLE_EOK;
}

static inline int chess_restore(jingle_session_t *session, void *userdata, jingle_load_t *load,
                                void **self)
{
    jingle_load_t piece;
    chess_t *chess = calloc(1, sizeof *chess);
    const char *note;
    uint64_t number;

    ck_assert_ptr_eq(userdata, &saved);
    jingle_load_piece(load, &piece);
    chess->moves = jingle_load_number(&piece, 1000);
    note = jingle_load_text(&piece, 100);
    number = jingle_load_number(load, UINT64_MAX);
    if (number != UINT64_MAX && !ask_nobody)
        ck_assert_int_eq(jingle_restore_request(session, number, on_answer, e), JINGLE_EOK);
    ck_assert_int_eq(jingle_restore_request(session, 77, on_answer, e), JINGLE_ENOENT);
    if (fail_restore || !jingle_load_is_done(load) || !jingle_load_is_done(&piece)) {
        free(chess);
        return fail_restore ? fail_restore : JINGLE_EDATA;
    }
    chess->note = note ? strdup(note) : NULL;
    *self = chess;
    return JINGLE_EOK;
}

static inline void chess_restored(jingle_session_t *session, void *self)
{
    engine_note(e, "restored %s %u %s", jingle_session_get_sid(session),
                (unsigned)((chess_t *)self)->moves, ((chess_t *)self)->note);
    engine_send(e, session, JINGLE_ACTION_SESSION_INFO, "");
}

static const jingle_session_type_t chess = {.size = sizeof chess,
                                            .name = "chess",
                                            .create = chess_create,
                                            .free = chess_free,
                                            .start = chess_start,
                                            .on_session_info = chess_info,
                                            .save = chess_save,
                                            .restore = chess_restore,
                                            .restored = chess_restored};

static inline jingle_session_t *play_chess(void)
{
    jingle_session_t *session = NULL;

    jingle_session_new(e->jingle, ENGINE_PEER,
                       JINGLE_SESSION(.sid = "s", .type = &chess, .type_userdata = &saved),
                       &session);
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    engine_ack(e);
    engine_action(e, "1", "session-accept", "s", ENGINE_CONTENT);
    engine_action(e, "2", "session-info", "s", "<move xmlns='urn:x'/>");
    ((chess_t *)jingle_session_get_self(session))->note = strdup("e4");
    ck_assert_int_eq(
        jingle_session_request(session, JINGLE_ACTION_SESSION_INFO, NULL, on_answer, e),
        JINGLE_EOK);
    snprintf(old_id, sizeof old_id, "%s", xmpp_stanza_get_id(engine_last_request(e)));
    engine_log(e);
    n_answers = 0;
    return session;
}

static inline void crash_chess(void)
{
    ck_assert_int_eq(saved_take(&saved, play_chess()), JINGLE_EOK);
    crash();
    n_answers = 0;
    ck_assert_int_eq(jingle_register_restorable(e->jingle, &chess, &saved), JINGLE_EOK);
}

#endif
