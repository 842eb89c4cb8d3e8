/* SPDX-License-Identifier: MIT */
/** @file
 *  The engine alone, on stanzas that are parsed already: what one action, opening and closing a
 *  session cost while so many others live.
 *
 *    bench_engine [LIVE...]        default: 1000 30000 1000000
 *
 *  Prints one line of JSON for each number of live sessions: octets a session (by the allocator and
 *  by the process), CPU time of an action, an opening and a closing, and what is left at the end.
 *  Under callgrind it writes one profile for each measured part, named after it
 *  (test/bench/engine-costs runs it so and prints instructions). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <strophe.h>

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
#endif

#define BATCH 1000u
#define NS "urn:xmpp:jingle:apps:rtp:1"

typedef struct {
    xmpp_ctx_t *ctx;
    jingle_t *jingle;
    uint64_t octets, sent;
    uint64_t seed;
    xmpp_stanza_t *batch[BATCH];
} bench_t;

/* ---- memory, counted ------------------------------------------------------------------------ */

static void *count_alloc(size_t size, void *userdata)
{
    size_t *block = malloc(size + sizeof(max_align_t));

    if (!block)
        return NULL;
    *block = size;
    ((bench_t *)userdata)->octets += size;
    return (char *)block + sizeof(max_align_t);
}

static void count_free(void *p, void *userdata)
{
    size_t *block = (size_t *)(void *)((char *)p - sizeof(max_align_t));

    ((bench_t *)userdata)->octets -= *block;
    free(block);
}

static void *count_realloc(void *p, size_t size, void *userdata)
{
    void *copy = count_alloc(size, userdata);

    if (copy && p) {
        size_t old = *(size_t *)(void *)((char *)p - sizeof(max_align_t));
        memcpy(copy, p, old < size ? old : size);
        count_free(p, userdata);
    }
    return copy;
}

/* ---- stanzas -------------------------------------------------------------------------------- */

static int count_sent(jingle_t *jingle, const char *xml, size_t len, void *userdata)
{
    (void)jingle, (void)xml, (void)len;
    ((bench_t *)userdata)->sent++;
    return JINGLE_EOK;
}

static void acknowledge(jingle_session_t *session, const jingle_data_t *data, jingle_reply_t *reply,
                        void *self)
{
    (void)session, (void)data, (void)self;
    jingle_reply_ack(reply);
}

static const jingle_session_type_t type = {.size = sizeof type,
                                           .name = "bench",
                                           .on_session_initiate = acknowledge,
                                           .on_transport_info = acknowledge};

static const char *const actions[] = {"session-initiate", "transport-info", "session-terminate"};
static const char *const contents[] = {
    "<content creator='initiator' name='audio' senders='both'><description xmlns='" NS
    "' media='audio'>"
    "<payload-type id='111' name='opus' clockrate='48000' channels='2'/><payload-type id='0' "
    "name='PCMU'/>"
    "</description><transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='8hhy' "
    "pwd='asd88fgpdd777uzjYhagZg'>"
    "<candidate component='1' foundation='1' id='a' ip='10.0.1.1' port='8998' "
    "priority='2130706431' type='host'/>"
    "</transport></content>",
    "<content creator='initiator' name='audio'><transport "
    "xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='8hhy' "
    "pwd='asd88fgpdd777uzjYhagZg'><candidate component='1' foundation='1' id='b' ip='10.0.1.2' "
    "port='8998' "
    "priority='2130706430' type='host'/></transport></content>",
    "<reason><success/></reason>"};

/** Ten sessions a peer. */
static xmpp_stanza_t *make(bench_t *bench, unsigned action, uint64_t session)
{
    char xml[2048];

    snprintf(
        xml, sizeof xml,
        "<iq xmlns='jabber:client' type='set' id='i%" PRIu64 "' from='peer%" PRIu64
        "@bench.example/phone' "
        "to='me@bench.example/r'><jingle xmlns='urn:xmpp:jingle:1' action='%s' sid='s%016" PRIx64
        "'>%s</jingle></iq>",
        session, session / 10, actions[action], session * 0x9e3779b97f4a7c15u, contents[action]);
    return xmpp_stanza_new_from_string(bench->ctx, xml);
}

static uint64_t any(bench_t *bench, uint64_t below)
{
    bench->seed = bench->seed * 6364136223846793005u + 1442695040888963407u;
    return (bench->seed >> 33) % below;
}

static void receive_one(bench_t *bench, unsigned action, uint64_t session)
{
    xmpp_stanza_t *stanza = make(bench, action, session);

    jingle_receive(bench->jingle, stanza);
    xmpp_stanza_release(stanza);
}

/* ---- measuring ------------------------------------------------------------------------------ */

static double cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/** The batch is made outside the measured part. @return nanoseconds a stanza */
static double measure(bench_t *bench, const char *name, uint64_t live)
{
    char label[64];
    double start;

    snprintf(label, sizeof label, "%s at %" PRIu64, name, live);
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
    start = cpu_seconds();
    for (unsigned i = 0; i < BATCH; i++)
        jingle_receive(bench->jingle, bench->batch[i]);
    start = cpu_seconds() - start;
    CALLGRIND_DUMP_STATS_AT(label);
    CALLGRIND_STOP_INSTRUMENTATION;
    for (unsigned i = 0; i < BATCH; i++)
        xmpp_stanza_release(bench->batch[i]);
    return 1e9 * start / BATCH;
}

static double measure_range(bench_t *bench, const char *name, unsigned action, uint64_t live)
{
    for (unsigned i = 0; i < BATCH; i++)
        bench->batch[i] = make(bench, action, action == 1 ? any(bench, live) : live + i);
    return measure(bench, name, live);
}

static long resident_octets(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (!file)
        return 0;
    if (fscanf(file, "%*s %ld", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static void run(bench_t *bench, uint64_t live)
{
    uint64_t before = bench->octets, grown;
    long resident = resident_octets();
    double action, open, closing;

    for (uint64_t i = 0; i < live; i++)
        receive_one(bench, 0, i);
    grown = bench->octets - before;
    resident = resident_octets() - resident;
    for (unsigned warm = 0; warm < 2; warm++) { /* the second time counts */
        action = measure_range(bench, warm ? "action" : "warm-up", 1, live);
        open = measure_range(bench, warm ? "open" : "warm-up", 0, live);
        closing = measure_range(bench, warm ? "close" : "warm-up", 2, live);
    }
    for (uint64_t i = 0; i < live; i++)
        receive_one(bench, 2, i);
    printf("{\"live\":%" PRIu64
           ",\"octets_per_session\":%.0f,\"resident_per_session\":%.0f,\"action_ns\":%.0f,"
           "\"open_ns\":%.0f,\"close_ns\":%.0f,\"octets_left\":%" PRId64
           ",\"sessions_left\":%zu}\n",
           live, (double)grown / (double)live, (double)resident / (double)live, action, open,
           closing, (int64_t)(bench->octets - before), jingle_count_sessions(bench->jingle));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const char *const usual[] = {"1000", "30000", "1000000"};
    static bench_t bench;
    xmpp_mem_t mem = {count_alloc, count_free, count_realloc, &bench};
    jingle_limits_t limits;

    CALLGRIND_STOP_INSTRUMENTATION;
    jingle_limits_init(&limits);
    limits.sessions = 0;
    xmpp_initialize();
    bench.ctx = xmpp_ctx_new(NULL, NULL);
    bench.jingle = jingle_new(
        bench.ctx, JINGLE_CONFIG(.mem = &mem, .limits = &limits, .jid = "me@bench.example/r",
                                 .send = count_sent, .send_userdata = &bench));
    if (!bench.jingle || jingle_register_session_type(bench.jingle, NS, &type, NULL) != JINGLE_EOK)
        return 1;
    run(&bench, BATCH); /* what is allocated once */
    for (int i = 1; i < argc; i++)
        run(&bench, strtoull(argv[i], NULL, 10));
    for (size_t i = 0; argc == 1 && i < sizeof usual / sizeof *usual; i++)
        run(&bench, strtoull(usual[i], NULL, 10));
    jingle_free(bench.jingle);
    xmpp_ctx_free(bench.ctx);
    xmpp_shutdown();
    return bench.octets != 0;
}
