/* SPDX-License-Identifier: MIT */
/* Tries a session type of one's own in the simulator (docs/simulator.md). The type is a game of
 * counting: each says the next number, by session-info, when it has heard the last one. That
 * numbers come in order, none lost and none twice, is the game's own rule; all others the simulator
 * knows.
 *
 *     cc sim_session_type.c $(pkg-config --cflags --libs libstrophe-jingle-sim) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jingle/sim.h>

#define NS "urn:example:counting:0"
#define CONTENT                                                                                    \
    "<jingle xmlns='" JINGLE_NS "'><content creator='initiator' name='game'>"                      \
    "<description xmlns='" NS "'/><transport xmlns='urn:example:none:0'/></content></jingle>"

/* One game, at one side. */
typedef struct {
    jingle_sim_engine_t *engine;
    unsigned said, heard;
} game_t;

/* ---- the session type, as a program would have it ----------------------------------------------
 */

static int send_xml(jingle_session_t *session, jingle_sim_engine_t *engine, jingle_action_t action,
                    const char *xml)
{
    xmpp_stanza_t *element = jingle_sim_element(jingle_sim_get_world(engine), xml);
    const jingle_data_t *data = NULL;
    int err = jingle_data_new(NULL, element, &data);

    if (!err)
        err = jingle_session_send(session, action, data);
    jingle_data_free(data);
    xmpp_stanza_release(element);
    return err;
}

static void say_next(jingle_session_t *session, game_t *game)
{
    char xml[128];

    snprintf(xml, sizeof xml,
             "<jingle xmlns='" JINGLE_NS "'><number xmlns='" NS "'>%u</number></jingle>",
             game->said + 1);
    if (send_xml(session, game->engine, JINGLE_ACTION_SESSION_INFO, xml) == JINGLE_EOK)
        game->said++;
}

static int game_create(jingle_session_t *session, void *engine, void **self)
{
    game_t *game = calloc(1, sizeof *game);

    (void)session;
    if (!game)
        return JINGLE_EMEM;
    game->engine = engine;
    *self = game;
    return JINGLE_EOK;
}

static int game_start(jingle_session_t *session, void *self)
{
    return send_xml(session, ((game_t *)self)->engine, JINGLE_ACTION_SESSION_INITIATE, CONTENT);
}

static int game_accept(jingle_session_t *session, void *self)
{
    int err = send_xml(session, ((game_t *)self)->engine, JINGLE_ACTION_SESSION_ACCEPT, CONTENT);

    if (!err)
        say_next(session, self);
    return err;
}

static void game_number(jingle_session_t *session, const jingle_data_t *data, jingle_reply_t *reply,
                        void *self)
{
    game_t *game = self;
    xmpp_stanza_t *payload = jingle_data_get_payload(data, NS);
    unsigned number = payload ? (unsigned)strtoul(jingle_element_text(payload), NULL, 10) : 0;

    jingle_sim_check_turn(game->engine, reply);
    if (!payload) {
        jingle_reply_default(reply);
        return;
    }
    if (number != game->heard + 1)
        jingle_sim_fault(jingle_sim_get_world(game->engine), "%u comes after %u", number,
                         game->heard);
    game->heard = number;
    jingle_reply_ack(reply);
    if (number < 20)
        say_next(session, game);
}

static const jingle_session_type_t game_type = {.size = sizeof(jingle_session_type_t),
                                                .name = "counting",
                                                .create = game_create,
                                                .free = free,
                                                .start = game_start,
                                                .accept = game_accept,
                                                .on_session_info = game_number};

/* ---- what may happen ---------------------------------------------------------------------------
 */

static void op_offer(jingle_sim_engine_t *engine, uint32_t value)
{
    static const char *const applications[] = {NS};
    jingle_sim_engine_t *peer =
        jingle_sim_get_engine(jingle_sim_get_world(engine), !jingle_sim_get_index(engine));
    jingle_session_t *session = NULL;

    (void)value;
    jingle_session_new(jingle_sim_get_manager(engine), jingle_sim_get_jid(peer),
                       JINGLE_SESSION(.type = &game_type, .type_userdata = engine,
                                      .applications = applications, .n_applications = 1),
                       &session);
    jingle_session_start(session);
}

static bool keep(jingle_session_t *session, void *first)
{
    *(jingle_session_t **)first = session;
    return false;
}

static void op_accept(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_session_t *session = NULL;

    (void)value;
    jingle_each_session(jingle_sim_get_manager(engine), keep, &session);
    jingle_session_accept(session);
}

static void op_end(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_session_t *session = NULL;

    (void)value;
    jingle_each_session(jingle_sim_get_manager(engine), keep, &session);
    jingle_session_end(session, NULL);
}

static const jingle_sim_op_t ops[] = {
    {"offer", op_offer, 4}, {"accept", op_accept, 6}, {"end", op_end, 1}};

static void set_up(jingle_sim_t *sim, void *userdata)
{
    static const char *const jids[] = {"ada@one.example/a", "bob@two.example/b"};

    (void)userdata;
    for (int i = 0; i < 2; i++) {
        jingle_sim_engine_t *engine = jingle_sim_add(sim, jids[i], NULL);
        if (jingle_register_session_type(jingle_sim_get_manager(engine), NS, &game_type, engine))
            abort();
    }
}

int main(int argc, char **argv)
{
    /* Where stanzas get lost or come twice the game itself would have to be cleverer. */
    static const jingle_sim_program_t program = {.size = sizeof program,
                                                 .name = "counting",
                                                 .set_up = set_up,
                                                 .ops = ops,
                                                 .n_ops = sizeof ops / sizeof ops[0],
                                                 .without = JINGLE_SIM_WITHOUT_CUTS};
    jingle_sim_result_t result = {0};

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        puts("usage: sim_session_type [SEED]");
        return 0;
    }
    jingle_sim_run(&program, argc > 1 ? strtoull(argv[1], NULL, 10) : 1, 200, 5000, stdout,
                   &result);
    printf("%llu passed, %llu failed\n", (unsigned long long)result.passed,
           (unsigned long long)result.failed);
    return result.failed || !result.passed;
}
