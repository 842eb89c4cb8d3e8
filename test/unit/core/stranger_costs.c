/* SPDX-License-Identifier: MIT */
/** @file
 *  What it costs to refuse a stranger: with the sid of a session that lives, and with one that
 * never was, over all actions, sessions that are pending and active, and strangers who look like the
 * peer. Under callgrind test/stranger-costs compares the instructions of each of these; by itself
 * the program measures the means of the time that each takes, and fails where they are more than
 * FAR of their standard errors apart three times in a row, each time with other sids, another key of
 * the hash and other places in memory. That such a difference would be seen is tried first, with one
 * that is made.
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
#define PART 50    /* stanzas that are timed together */
#define PAIRS 3000 /* of such parts, one of each kind */
#define FAR 4.0    /* of their standard errors: by chance once in 16,000 */
#define ATTEMPTS 3 /* and what the machine does besides does not come three times */
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

/* Who a session's peer is not, u000@peer.example/r. */
static const struct {
    const char *name, *jid;
} strangers[] = {
    {"nobody", "s%03d@stranger.example/r"},
    {"case", "U%03d@peer.example/r"},
    {"resource", "u%03d@peer.example/r2"},
    {"letter", "u%03d@peer.exampl\xd0\xb5/r"}, /* a Cyrillic one */
};
#define STRANGERS (sizeof strangers / sizeof strangers[0])

static const char *const states[] = {"pending", "active"};

/** What is compared. */
typedef struct {
    const char *action;
    size_t stranger;
    int active;  /**< the sessions are */
    int planted; /**< with a cost of our own where the sid lives */
} case_t;

static const jingle_session_type_t type = {.size = sizeof type, .name = "costs"};

static void receive(xmpp_stanza_t *iq)
{
    jingle_receive(jingle, iq);
    xmpp_stanza_release(iq);
}

static void set_up(int active)
{
    jingle_limits_t none = {.size = sizeof none};
    jingle_session_t *session;
    char peer[64];

    ctx = xmpp_ctx_new(NULL, NULL);
    jingle = jingle_new(ctx, JINGLE_CONFIG(.jid = OWN, .send = on_send));
    jingle_register_session_type(jingle, "urn:example:app:0", &type, NULL);
    jingle_set_limits(jingle, &none);
    for (int i = 0; i < SESSIONS; i++) {
        snprintf(sids[0][i], 17, "%08x%08x", chance(), chance());
        snprintf(sids[1][i], 17, "%08x%08x", chance(), chance());
        snprintf(peer, sizeof peer, "u%03d@peer.example/r", i);
        receive(make(peer, "session-initiate", sids[0][i]));
        session = jingle_find_session(jingle, NULL, peer, sids[0][i]);
        if (active)
            jingle_session_set_state(session, JINGLE_STATE_ACTIVE);
        jingle_session_set_user(session, &octets, NULL);
        if (!session || jingle_session_get_state(session) !=
                            (active ? JINGLE_STATE_ACTIVE : JINGLE_STATE_PENDING))
            abort();
    }
}

/** What a stranger has offered is his own session. */
static bool end_strangers(jingle_session_t *session, void *userdata)
{
    (void)userdata;
    if (!jingle_session_get_user(session))
        jingle_session_end(session, JINGLE_END(.silent = true));
    return true;
}

static void tear_down(void)
{
    if (jingle_count_sessions(jingle) != SESSIONS)
        abort(); /* a stranger has changed something */
    jingle_free(jingle);
    xmpp_ctx_free(ctx);
}

/** Both kinds lie among each other in memory. */
static void fill(const case_t *of)
{
    char from[64];

    for (int i = 0; i < SESSIONS; i++) {
        int first = (int)(chance() & 1);

        snprintf(from, sizeof from, strangers[of->stranger].jid, i);
        batch[first][i] = make(from, of->action, sids[first][i]);
        batch[!first][i] = make(from, of->action, sids[!first][i]);
    }
}

static void empty(void)
{
    for (int never = 0; never < 2; never++)
        for (int i = 0; i < SESSIONS; i++)
            xmpp_stanza_release(batch[never][i]);
}

/** As much as a careless look-up would cost; where instructions are counted little is enough. */
static void waste(void)
{
    volatile unsigned left = RUNNING_ON_VALGRIND ? 20 : 200;

    while (left)
        left--;
}

static void play(int never, int from, int n, int planted)
{
    for (int i = from; i < from + n; i++) {
        jingle_receive(jingle, batch[never][i]);
        if (planted && !never)
            waste();
    }
}

static void describe(const case_t *of, char *name, size_t size)
{
    snprintf(name, size, "%s%s %s %s", of->planted ? "planted-" : "", of->action,
             states[of->active], strangers[of->stranger].name);
}

/* ---- instructions -------------------------------------------------------------------------- */

static void count_instructions(const case_t *of)
{
    static const char *const names[] = {"live", "never"};
    char what[64], name[96];

    describe(of, what, sizeof what);
    fill(of);
    for (int round = 0; round < 4; round++) {
        int never = round % 2;

        snprintf(name, sizeof name, "%s %s", what, names[never]);
        if (round >= 2) {
            CALLGRIND_START_INSTRUMENTATION;
            CALLGRIND_ZERO_STATS;
        }
        play(never, 0, SESSIONS, of->planted);
        if (round >= 2) {
            CALLGRIND_DUMP_STATS_AT(name);
            CALLGRIND_STOP_INSTRUMENTATION;
        }
        jingle_each_session(jingle, end_strangers, NULL);
    }
    empty();
}

/* ---- time ---------------------------------------------------------------------------------- */

/** What a part of the batch takes, in ns a stanza. */
static double time_of(int never, int from, int planted)
{
    struct timespec began, ended;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &began);
    play(never, from, PART, planted);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
    jingle_each_session(jingle, end_strangers, NULL);
    return ((double)(ended.tv_sec - began.tv_sec) * 1e9 + (double)(ended.tv_nsec - began.tv_nsec)) /
           PART;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/** The mean of what is left when a fifth at each end is cut off, where an interrupt fell into one of
 * two: a trimmed mean, with its standard error (Yuen 1974). Sorts the values.
 *  @return how many standard errors the mean is from 0 */
static double distance(double *values, size_t n, double *mean)
{
    size_t cut = n / 5, left = n - 2 * cut;
    double sum = 0, squares = 0, winsorized;

    qsort(values, n, sizeof *values, by_size);
    *mean = 0;
    for (size_t i = cut; i < n - cut; i++)
        *mean += values[i] / (double)left;
    for (size_t i = 0; i < n; i++) {
        double value = values[i < cut ? cut : i >= n - cut ? n - cut - 1 : i];

        sum += value;
        squares += value * value;
    }
    winsorized = (squares - sum * sum / (double)n) / (double)(n - 1);
    return fabs(*mean) / (sqrt(winsorized / (double)n) * (double)n / (double)left);
}

/** In turns, and who comes first by chance: what the machine does besides falls on both.
 *  @return how many standard errors the difference is from none */
static double measure_time(const case_t *of)
{
    static double apart[PAIRS], never_was[PAIRS];
    double mean, all, errors, time[2];
    char what[64];

    set_up(of->active);
    fill(of);
    for (size_t i = 0; i < PAIRS; i++) {
        int first = (int)(chance() & 1), from = (int)(i * PART % SESSIONS);

        time[first] = time_of(first, from, of->planted);
        time[!first] = time_of(!first, from, of->planted);
        apart[i] = time[0] - time[1];
        never_was[i] = time[1];
    }
    empty();
    tear_down();
    errors = distance(apart, PAIRS, &mean);
    distance(never_was, PAIRS, &all);
    describe(of, what, sizeof what);
    printf("# %s: %.1f ns with a sid that never was, %+.2f ns with one that lives, %.1f standard "
           "errors\n",
           what, all, mean, errors);
    return errors;
}

/** @return the case is good: no difference, but where one was planted */
static bool judge_time(const case_t *of)
{
    unsigned far = 0;
    char what[64];

    while (far < ATTEMPTS && measure_time(of) > FAR)
        far++;
    describe(of, what, sizeof what);
    for (char *c = what; *c; c++)
        *c = *c == ' ' ? '/' : *c;
    if ((far == ATTEMPTS) == (of->planted != 0)) {
        printf("ok stranger-costs/time/%s\n", what);
        return true;
    }
    printf("not ok stranger-costs/time/%s - the means %s\n", what,
           of->planted ? "do not show a difference that is there" : "differ each time");
    return false;
}

/* ---- all of them --------------------------------------------------------------------------- */

static const char *action_of(int i)
{
    return i < JINGLE_ACTION_COUNT ? jingle_action_name((jingle_action_t)i) : "bogus";
}

static void count_all(void)
{
    for (int active = 0; active < 2; active++) {
        set_up(active);
        for (int i = 1; i <= JINGLE_ACTION_COUNT; i++)
            for (size_t s = 0; s < STRANGERS; s++)
                count_instructions(
                    &(case_t){.action = action_of(i), .stranger = s, .active = active});
        count_instructions(&(case_t){.action = "session-info", .active = active, .planted = 1});
        tear_down();
    }
}

/** Each stranger has a quarter of the actions, in both states. */
static bool measure_all(void)
{
    bool good = judge_time(&(case_t){.action = "session-info", .active = 1, .planted = 1});

    for (int active = 0; active < 2; active++)
        for (int i = 1; i <= JINGLE_ACTION_COUNT; i++)
            good &= judge_time(&(case_t){.action = action_of(i),
                                         .stranger = (size_t)(i + active) % STRANGERS,
                                         .active = active});
    return good;
}

int main(void)
{
    bool good = true;

    if (RUNNING_ON_VALGRIND)
        count_all();
    else
        good = measure_all();
    return good && octets ? 0 : 1;
}
