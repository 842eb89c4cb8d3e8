/* SPDX-License-Identifier: MIT */
/** @file
 *  What it costs to refuse a stranger: with the sid of a session that lives, and with one that
 * never was. test/stranger-costs runs it under callgrind and compares the instructions; by itself
 * it prints the means of the time that each takes, and how many of their standard errors the means
 * are apart.
 *
 *  Sids and JIDs are as long in both, and by chance. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jingle/session.h>

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#ifdef HAVE_VALGRIND_CALLGRIND_H
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(name) ((void)(name))
#define RUNNING_ON_VALGRIND 0
#endif

#define SESSIONS 1000
#define ROUNDS 200
#define OWN "m@self.example/main"

static xmpp_ctx_t *ctx;
static jingle_t *jingle;
static char sids[2][SESSIONS][17]; /* that live, that never were */
static xmpp_stanza_t *batch[2][SESSIONS];
static uint64_t octets;

static int on_send(jingle_t *of, const char *xml, size_t len, void *userdata)
{
    (void)of, (void)xml, (void)userdata;
    octets += len;
    return JINGLE_EOK;
}

static uint32_t chance(void)
{
    static uint64_t state = 88172645463325252u;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}

static xmpp_stanza_t *child(xmpp_stanza_t *parent, const char *name, const char *ns)
{
    xmpp_stanza_t *element = xmpp_stanza_new(ctx);

    xmpp_stanza_set_name(element, name);
    xmpp_stanza_set_ns(element, ns);
    if (parent) {
        xmpp_stanza_add_child(parent, element);
        xmpp_stanza_release(element);
    }
    return element;
}

static xmpp_stanza_t *make(const char *from, const char *action, const char *sid)
{
    xmpp_stanza_t *iq = child(NULL, "iq", "jabber:client"),
                  *element = child(iq, "jingle", JINGLE_NS), *content;

    xmpp_stanza_set_type(iq, "set");
    xmpp_stanza_set_id(iq, "i");
    xmpp_stanza_set_from(iq, from);
    xmpp_stanza_set_to(iq, OWN);
    xmpp_stanza_set_attribute(element, "action", action);
    xmpp_stanza_set_attribute(element, "sid", sid);
    content = child(element, "content", JINGLE_NS);
    xmpp_stanza_set_attribute(content, "creator", "initiator");
    xmpp_stanza_set_attribute(content, "name", "c");
    child(content, "description", "urn:example:app:0");
    child(content, "transport", "urn:example:transport:0");
    return iq;
}

static void set_up(void)
{
    jingle_limits_t none = {.size = sizeof none};
    char peer[64];

    ctx = xmpp_ctx_new(NULL, NULL);
    jingle = jingle_new(ctx, JINGLE_CONFIG(.jid = OWN, .send = on_send));
    jingle_set_limits(jingle, &none);
    for (int i = 0; i < SESSIONS; i++) {
        snprintf(sids[0][i], 17, "%08x%08x", chance(), chance());
        snprintf(sids[1][i], 17, "%08x%08x", chance(), chance());
        snprintf(peer, sizeof peer, "u%03d@peer.example/r", i);
        xmpp_stanza_t *iq = make(peer, "session-initiate", sids[0][i]);
        jingle_receive(jingle, iq);
        xmpp_stanza_release(iq);
    }
    if (jingle_count_sessions(jingle) != SESSIONS)
        abort();
}

static void fill(const char *action)
{
    for (int lives = 0; lives < 2; lives++)
        for (int i = 0; i < SESSIONS; i++)
            batch[lives][i] = make("s@stranger.example/r", action, sids[lives][i]);
}

static void empty(void)
{
    for (int lives = 0; lives < 2; lives++)
        for (int i = 0; i < SESSIONS; i++)
            xmpp_stanza_release(batch[lives][i]);
}

static void play(int never)
{
    for (int i = 0; i < SESSIONS; i++)
        jingle_receive(jingle, batch[never][i]);
}

static void count_instructions(const char *action)
{
    static const char *const names[] = {"live", "never"};
    char name[64];

    play(0);
    play(1);
    for (int never = 0; never < 2; never++) {
        snprintf(name, sizeof name, "%s %s", action, names[never]);
        CALLGRIND_START_INSTRUMENTATION;
        CALLGRIND_ZERO_STATS;
        play(never);
        CALLGRIND_DUMP_STATS_AT(name);
        CALLGRIND_STOP_INSTRUMENTATION;
    }
}

static double seconds(int never)
{
    struct timespec from, to;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    play(never);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9;
}

/** In turns, and who comes first by chance: what the machine does besides falls on both. */
static void measure_time(const char *action)
{
    double sum[2] = {0}, squares[2] = {0}, mean[2], error = 0;

    for (int round = 0; round < ROUNDS; round++) {
        int first = (int)(chance() & 1);

        for (int i = 0; i < 2; i++) {
            int never = first ^ i;
            double time = seconds(never) * 1e9 / SESSIONS;

            sum[never] += time;
            squares[never] += time * time;
        }
    }
    for (int i = 0; i < 2; i++) {
        mean[i] = sum[i] / ROUNDS;
        error += (squares[i] / ROUNDS - mean[i] * mean[i]) / (ROUNDS - 1);
    }
    printf("# %s: %.1f ns with a sid that lives, %.1f ns with one that never was, %.1f standard "
           "errors apart\n",
           action, mean[0], mean[1], fabs(mean[0] - mean[1]) / sqrt(error));
}

int main(void)
{
    static const char *const actions[] = {"session-accept", "session-terminate", "session-info",
                                          "content-add",    "transport-info",    "bogus"};

    set_up();
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        fill(actions[i]);
        if (RUNNING_ON_VALGRIND)
            count_instructions(actions[i]);
        else
            measure_time(actions[i]);
        empty();
    }
    if (jingle_count_sessions(jingle) != SESSIONS)
        abort();
    jingle_free(jingle);
    xmpp_ctx_free(ctx);
    return octets ? 0 : 1;
}
