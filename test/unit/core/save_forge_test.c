/* SPDX-License-Identifier: MIT */
/** @file
 *  Saved sessions put together piece by piece, with right length and sum: one thing is wrong in each, and
 *  what comes of it is known. */
#include "save_fixture.h"

#include "core/save.h"

#define LEN(array) (sizeof(array) / sizeof *(array))
#define NONE UINT64_MAX

typedef struct {
    uint64_t action, left;
    const char *id, *element;
} request_t;

/** All that there is in a saved session. */
typedef struct {
    const char *own, *peer, *sid, *ns, *name, *application;
    uint64_t role, state, connection, flags, n_applications, n_requests, n_answered;
    request_t request;
    const char *self; /**< octets that engine_type does not read */
    bool more;        /**< something after the end of the requests */
    bool same_ids;    /**< of its requests */
} forgery_t;

#define OFFER "<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s'/>"

static const forgery_t good = {.peer = ENGINE_PEER,
                               .sid = "s",
                               .ns = ENGINE_APP,
                               .name = "test",
                               .application = ENGINE_APP,
                               .n_applications = 1,
                               .flags = JINGLE__SAVED_ACKNOWLEDGED,
                               .request = {JINGLE_ACTION_SESSION_INITIATE, 1000, "r1", OFFER}};

static void write_requests(jingle_save_t *save, const forgery_t *what)
{
    size_t piece = jingle_save_begin(save);

    jingle_save_number(save, what->n_requests);
    for (unsigned i = 0; i < what->n_requests && i < 3; i++) {
        const char *id = what->request.id;
        char its_own[16];

        snprintf(its_own, sizeof its_own, "r%u", i);
        jingle_save_number(save, what->request.action);
        jingle_save_text(save, id && *id && !what->same_ids ? its_own : id);
        jingle_save_number(save, what->request.left);
        jingle_save_text(save, what->request.element);
    }
    if (what->more)
        jingle_save_number(save, 0);
    jingle_save_end(save, piece);
}

static void write_rest(jingle_save_t *save, const forgery_t *what)
{
    size_t piece;

    write_requests(save, what);
    piece = jingle_save_begin(save);
    if (what->self)
        jingle_save_text(save, what->self);
    jingle_save_end(save, piece);
    piece = jingle_save_begin(save);
    jingle_save_number(save, what->n_answered);
    jingle_save_end(save, piece);
}

/** Writes it into `saved`. */
static void forge(const forgery_t *what)
{
    jingle_save_t save = {.size = 65536, .len = JINGLE__SAVE_HEAD};

    saved_clear(&saved);
    save.data = saved.data = malloc(save.size);
    ck_assert_ptr_nonnull(saved.data);
    jingle_save_text(&save, what->own);
    jingle_save_text(&save, what->peer);
    jingle_save_text(&save, what->sid);
    jingle_save_text(&save, what->ns);
    jingle_save_text(&save, what->name);
    jingle_save_number(&save, what->role);
    jingle_save_number(&save, what->state);
    jingle_save_number(&save, what->connection);
    jingle_save_number(&save, what->flags);
    jingle_save_number(&save, what->n_applications);
    for (uint64_t i = 0; i < what->n_applications && i < 3; i++)
        jingle_save_text(&save, what->application);
    write_rest(&save, what);
    saved.len = save.len + JINGLE__SAVE_SUM;
    ck_assert_uint_le(saved.len, save.size);
    saved_forge_version(saved.data, saved.len, JINGLE__SAVE_VERSION);
}

/** Nothing is left of what was refused, and nobody has heard of it. */
#define ck_refused(what, expected)                                                                 \
    do {                                                                                           \
        jingle_session_t *made_ = NULL;                                                            \
        forge(&(what));                                                                            \
        ck_assert_int_eq(restore(&made_), (expected));                                             \
        ck_assert_ptr_null(made_);                                                                 \
        ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);                                    \
        ck_log("");                                                                                \
    } while (0)

START_TEST(what_is_right_is_taken)
{
    jingle_session_t *session = NULL;
    forgery_t what = good;

    forge(&what);
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    ck_assert_str_eq(jingle_session_get_sid(session), "s");
    ck_assert_str_eq(jingle_session_get_peer(session), ENGINE_PEER);
    ck_log("created s\n");
    what.sid = "t";
    what.own = ENGINE_OWN;
    what.n_requests = 2;
    what.request.element = "<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='t'/>";
    forge(&what);
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 2);
}
END_TEST

static const struct {
    const char *label;
    size_t field;
    const char *value;
    int err;
} texts[] = {
    {"no peer", offsetof(forgery_t, peer), NULL, JINGLE_EDATA},
    {"an empty peer", offsetof(forgery_t, peer), "", JINGLE_EDATA},
    {"a peer that is no JID", offsetof(forgery_t, peer), "@peer.example/r", JINGLE_EDATA},
    {"an own JID that is none", offsetof(forgery_t, own), "self.example/", JINGLE_EDATA},
    {"somebody else's own JID", offsetof(forgery_t, own), ENGINE_OTHER, JINGLE_EINVAL},
    {"no sid", offsetof(forgery_t, sid), NULL, JINGLE_EDATA},
    {"an empty sid", offsetof(forgery_t, sid), "", JINGLE_EDATA},
    {"no application", offsetof(forgery_t, application), NULL, JINGLE_EDATA},
    {"an empty application", offsetof(forgery_t, application), "", JINGLE_EDATA},
    {"what the type has not written", offsetof(forgery_t, self), "x", JINGLE_EDATA},
};

START_TEST(a_text_that_is_wrong)
{
    forgery_t what = good;

    memcpy((char *)&what + texts[_i].field, &texts[_i].value, sizeof texts[_i].value);
    ck_refused(what, texts[_i].err);
}
END_TEST

static const struct {
    const char *label;
    size_t field;
    uint64_t value;
    int err;
} numbers[] = {
    {"a role that is none", offsetof(forgery_t, role), JINGLE_ROLE_RESPONDER + 1, JINGLE_EDATA},
    {"a session that has ended", offsetof(forgery_t, state), JINGLE_STATE_ENDED, JINGLE_EDATA},
    {"a connection that is none", offsetof(forgery_t, connection), JINGLE_CONNECTION_COUNT,
     JINGLE_EDATA},
    {"flags that are none", offsetof(forgery_t, flags), JINGLE__SAVED_FLAGS + 1, JINGLE_EDATA},
    {"more applications than there are", offsetof(forgery_t, n_applications), 4, JINGLE_EDATA},
    {"more than there can be", offsetof(forgery_t, n_applications), NONE, JINGLE_EDATA},
    {"more requests than there are", offsetof(forgery_t, n_requests), 4, JINGLE_EDATA},
    {"more than there may be", offsetof(forgery_t, n_requests), 1000000, JINGLE_ELIMIT},
    {"an answer that is not there", offsetof(forgery_t, n_answered), 1, JINGLE_EDATA},
    {"more answers than are kept", offsetof(forgery_t, n_answered), NONE, JINGLE_EDATA},
};

START_TEST(a_number_that_is_wrong)
{
    forgery_t what = good;

    memcpy((char *)&what + numbers[_i].field, &numbers[_i].value, sizeof numbers[_i].value);
    ck_refused(what, numbers[_i].err);
}
END_TEST

/** What they had offered and we had not acknowledged was never saved. */
START_TEST(theirs_that_was_not_acknowledged)
{
    forgery_t what = good;

    what.role = JINGLE_ROLE_RESPONDER;
    what.flags = 0;
    ck_refused(what, JINGLE_EDATA);
    what.role = JINGLE_ROLE_INITIATOR;
    forge(&what);
    ck_assert_int_eq(restore(NULL), JINGLE_EOK); /* ours need not be */
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 1);
}
END_TEST

#define DEEP4 "<a><a><a><a>"
#define DEEP64                                                                                     \
    DEEP4 DEEP4 DEEP4 DEEP4 DEEP4 DEEP4 DEEP4 DEEP4 DEEP4 DEEP4 DEEP4 DEEP4 DEEP4 DEEP4 DEEP4 DEEP4

static const struct {
    const char *label;
    request_t request;
    int err;
} requests[] = {
    {"no action", {JINGLE_ACTION_UNKNOWN, 1, "r", NULL}, JINGLE_EDATA},
    {"an action that is none", {JINGLE_ACTION_COUNT, 1, "r", NULL}, JINGLE_EDATA},
    {"no id", {JINGLE_ACTION_SESSION_INITIATE, 1, NULL, NULL}, JINGLE_EDATA},
    {"an empty id", {JINGLE_ACTION_SESSION_INITIATE, 1, "", NULL}, JINGLE_EDATA},
    {"more time than there is", {JINGLE_ACTION_SESSION_INITIATE, NONE, "r", NULL}, JINGLE_EDATA},
    {"what is not asked again", {JINGLE_ACTION_SESSION_INFO, 1, "r", OFFER}, JINGLE_EDATA},
    {"no element", {JINGLE_ACTION_SESSION_INITIATE, 1, "r", "text"}, JINGLE_EDATA},
    {"another element", {JINGLE_ACTION_SESSION_INITIATE, 1, "r", "<a/>"}, JINGLE_EDATA},
    {"no namespace",
     {JINGLE_ACTION_SESSION_INITIATE, 1, "r", "<jingle action='session-initiate' sid='s'/>"},
     JINGLE_EDATA},
    {"another namespace",
     {JINGLE_ACTION_SESSION_INITIATE, 1, "r",
      "<jingle xmlns='urn:example:x' action='session-initiate' sid='s'/>"},
     JINGLE_EDATA},
    {"another action",
     {JINGLE_ACTION_SESSION_INITIATE, 1, "r",
      "<jingle xmlns='urn:xmpp:jingle:1' action='session-accept' sid='s'/>"},
     JINGLE_EDATA},
    {"no action in the element",
     {JINGLE_ACTION_SESSION_INITIATE, 1, "r", "<jingle xmlns='urn:xmpp:jingle:1' sid='s'/>"},
     JINGLE_EDATA},
    {"another session",
     {JINGLE_ACTION_SESSION_INITIATE, 1, "r",
      "<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid=\"t\"/>"},
     JINGLE_EDATA},
    {"too deep",
     {JINGLE_ACTION_SESSION_INITIATE, 1, "r", DEEP64 DEEP64 DEEP64 DEEP64 DEEP4},
     JINGLE_EDATA},
    {"not closed", {JINGLE_ACTION_SESSION_INITIATE, 1, "r", "<jingle><a b='>'></a>"}, JINGLE_EDATA},
    {"two elements", {JINGLE_ACTION_SESSION_INITIATE, 1, "r", OFFER OFFER}, JINGLE_EDATA},
};

START_TEST(a_request_that_is_wrong)
{
    forgery_t what = good;

    what.n_requests = 1;
    what.request = requests[_i].request;
    ck_refused(what, requests[_i].err);
}
END_TEST

START_TEST(something_after_the_requests)
{
    forgery_t what = good;

    what.n_requests = 1;
    what.more = true;
    ck_refused(what, JINGLE_EDATA);
}
END_TEST

/** Two requests of a session cannot have the same id: one answer would be for both. */
START_TEST(the_same_id_twice)
{
    forgery_t what = good;

    what.n_requests = 2;
    what.same_ids = true;
    ck_refused(what, JINGLE_EEXIST);
}
END_TEST

/* ---- limits ---------------------------------------------------------------------------------- */

START_TEST(a_sid_that_is_too_long)
{
    char sid[1025];
    forgery_t what = good;

    memset(sid, 's', sizeof sid - 1);
    sid[1024] = '\0';
    what.sid = sid;
    ck_refused(what, JINGLE_ELIMIT);
    sid[1023] = '\0';
    forge(&what);
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
}
END_TEST

static const jingle_limits_t no_limits = {.size = sizeof no_limits};

START_TEST(without_limits)
{
    char sid[4096];
    forgery_t what = good;

    memset(sid, 's', sizeof sid - 1);
    sid[sizeof sid - 1] = '\0';
    begin_with(JINGLE_CONFIG(.limits = &no_limits));
    what.sid = sid;
    what.n_requests = 1;
    what.request.element = NULL;
    forge(&what);
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 1);
}
END_TEST

/* ---- types ----------------------------------------------------------------------------------- */

static int make_self(jingle_session_t *session, void *userdata, void **self)
{
    (void)session;
    *self = userdata;
    return JINGLE_EOK;
}

/** The plain type of the library has no namespace; one that makes something of its own has to read it. */
START_TEST(types_that_are_found_or_not)
{
    static const jingle_session_type_t maker = {
        .size = sizeof maker, .name = "maker", .create = make_self};
    static const jingle_session_type_t nameless = {.size = sizeof nameless};
    forgery_t what = good;

    ck_assert_int_eq(jingle_register_session_type(e->jingle, "urn:nameless", &nameless, NULL),
                     JINGLE_EOK);
    what.ns = "urn:example:unknown";
    what.name = NULL;
    ck_refused(what, JINGLE_ENOENT);
    what.name = "nobody";
    ck_refused(what, JINGLE_ENOENT);
    what.ns = NULL;
    ck_refused(what, JINGLE_ENOENT);
    ck_assert_int_eq(jingle_register_restorable(e->jingle, &maker, NULL), JINGLE_EOK);
    what.name = "maker";
    ck_refused(what, JINGLE_ENOENT); /* it is found, and cannot */
    what.name = "test";              /* by its name alone */
    forge(&what);
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
    ck_log("created s\n");
}
END_TEST

START_TEST(restorable_types_are_checked)
{
    static const jingle_session_type_t old = {.size = offsetof(jingle_session_type_t, save) - 1,
                                              .name = "old"};

    ck_assert_int_eq(jingle_register_restorable(e->jingle, NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_register_restorable(e->jingle, &old, NULL), JINGLE_EINVAL);
}
END_TEST

/* ---- the frame ------------------------------------------------------------------------------- */

START_TEST(a_frame_that_is_wrong)
{
    jingle_session_t *session = NULL;

    forge(&good);
    ck_assert_int_eq(jingle_restore(e->jingle, saved.data, JINGLE__SAVE_HEAD + 7, NULL, &session),
                     JINGLE_EDATA);
    ck_assert_int_eq(jingle_restore(e->jingle, saved.data, JINGLE_SAVE_MAX + 1u, NULL, &session),
                     JINGLE_EDATA);
    saved_forge_version(saved.data, saved.len, 0);
    ck_assert_int_eq(restore(&session), JINGLE_EVERSION);
    saved_forge_version(saved.data, saved.len, JINGLE__SAVE_VERSION + 1);
    ck_assert_int_eq(restore(&session), JINGLE_EVERSION);
    saved.data[0] ^= 1;
    ck_assert_int_eq(restore(&session), JINGLE_EDATA);
    ck_assert_ptr_null(session);
    ck_log("");
}
END_TEST

static void pack(unsigned char *to, size_t size, uint64_t number)
{
    for (; size-- > 0; number >>= 8)
        to[size] = (unsigned char)number;
}

/* One octet less than a head and a sum have: where they overlap the one can agree with the other. */
START_TEST(a_frame_that_is_too_short)
{
    enum { LENGTH = JINGLE__SAVE_HEAD + JINGLE__SAVE_SUM - 1 };
    unsigned char *data = malloc(LENGTH), *sum = data + LENGTH - JINGLE__SAVE_SUM;
    unsigned version = JINGLE__SAVE_VERSION;

    ck_assert_ptr_nonnull(data);
    memcpy(data, jingle__save_magic, JINGLE__SAVE_MAGIC);
    do {
        pack(data + JINGLE__SAVE_MAGIC, 4, ++version);
        pack(data + JINGLE__SAVE_MAGIC + 4, 4, LENGTH);
        pack(sum, JINGLE__SAVE_SUM, jingle__save_sum(data, LENGTH - JINGLE__SAVE_SUM));
    } while (data[JINGLE__SAVE_HEAD - 1] != LENGTH);
    ck_assert_int_eq(jingle_restore(e->jingle, data, LENGTH, NULL, NULL), JINGLE_EDATA);
    ck_assert_int_eq(jingle_restore(e->jingle, data, 0, NULL, NULL), JINGLE_EDATA);
    free(data);
}
END_TEST

/** What is saved may be asked for at any time, and only then is there something to say. */
START_TEST(asked_for_nothing)
{
    jingle_session_t *session = with_a_request(JINGLE_ACTION_SESSION_INITIATE);

    ck_assert_int_eq(jingle_save_request(NULL, on_answer, e), JINGLE_ENOENT);
    ck_assert_int_eq(jingle_save_request(session, on_answer, &last_answer), JINGLE_ENOENT);
    ck_assert_int_eq(jingle_restore_request(NULL, 0, on_answer, e), JINGLE_ENOENT);
    ck_assert_int_eq(jingle_restore_request(session, 0, on_answer, e), JINGLE_ENOENT);
    jingle_session_changed(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/save_forge");
    TCase *tcase = add_save_case(suite, "all");

    tcase_add_test(tcase, what_is_right_is_taken);
    tcase_add_loop_test(tcase, a_text_that_is_wrong, 0, LEN(texts));
    tcase_add_loop_test(tcase, a_number_that_is_wrong, 0, LEN(numbers));
    tcase_add_test(tcase, theirs_that_was_not_acknowledged);
    tcase_add_loop_test(tcase, a_request_that_is_wrong, 0, LEN(requests));
    tcase_add_test(tcase, something_after_the_requests);
    tcase_add_test(tcase, the_same_id_twice);
    tcase_add_test(tcase, a_sid_that_is_too_long);
    tcase_add_test(tcase, without_limits);
    tcase_add_test(tcase, types_that_are_found_or_not);
    tcase_add_test(tcase, restorable_types_are_checked);
    tcase_add_test(tcase, a_frame_that_is_wrong);
    tcase_add_test(tcase, a_frame_that_is_too_short);
    tcase_add_test(tcase, asked_for_nothing);
    return run_suite(suite);
}
