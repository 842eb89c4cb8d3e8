/* SPDX-License-Identifier: MIT */
/** @file
 *  The whole library behind a real libstrophe connection, for measuring.
 *
 *    e2e_engine PORT [LIVE]
 *
 *  Connects as a client to 127.0.0.1:PORT without TLS (any JID and password are taken), answers every
 *  stanza through jingle_attach() and a session type that acknowledges everything, leaves when the
 *  stream ends, and prints one line of JSON. The clock runs from the first stanza (the LIVE-th, when
 *  given, where memory is read too) to the end of the stream. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <strophe.h>

#include <jingle/jingle.h>

typedef struct {
    xmpp_ctx_t *ctx;
    jingle_t *jingle;
    unsigned long seen, live;
    double cpu, wall;
    long memory_before, memory_live;
} bench_t;

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static double wall_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
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

static void count(bench_t *bench)
{
    if (bench->seen++ == bench->live) {
        bench->cpu = cpu_seconds();
        bench->wall = wall_seconds();
    }
    if (bench->seen == bench->live)
        bench->memory_live = resident_octets();
}

static void acknowledge(jingle_session_t *session, const jingle_data_t *data, jingle_reply_t *reply,
                        void *self)
{
    (void)session, (void)data;
    count(self);
    jingle_reply_ack(reply);
}

static const jingle_session_type_t everything = {.size = sizeof everything,
                                                 .name = "everything",
#define JINGLE_X(name, wire, handler) .handler = acknowledge,
                                                 JINGLE_ACTIONS(JINGLE_X)
#undef JINGLE_X
};

static void on_conn(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                    xmpp_stream_error_t *stream_error, void *userdata)
{
    bench_t *bench = userdata;

    (void)error, (void)stream_error;
    jingle_conn_event(bench->jingle, conn, event);
    if (event == XMPP_CONN_CONNECT)
        bench->memory_before = resident_octets();
    else
        xmpp_stop(bench->ctx);
}

static void report(const bench_t *bench)
{
    unsigned long n = bench->seen > bench->live ? bench->seen - bench->live : 1;
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    printf("{\"peer\":\"libstrophe-jingle\",\"live\":%lu,\"stanzas\":%lu,\"cpu_us\":%.4f,\"wall_"
           "us\":%.4f,"
           "\"peak_kb\":%ld,\"bytes_per_live\":%.0f}\n",
           bench->live, n, 1e6 * (cpu_seconds() - bench->cpu) / (double)n,
           1e6 * (wall_seconds() - bench->wall) / (double)n, usage.ru_maxrss,
           bench->live ? (double)(bench->memory_live - bench->memory_before) / (double)bench->live
                       : 0);
}

int main(int argc, char **argv)
{
    bench_t bench = {0};
    jingle_limits_t limits;
    xmpp_conn_t *conn;
    int err = 1;

    if (argc < 2) {
        fprintf(stderr, "usage: e2e_engine PORT [LIVE]\n");
        return 2;
    }
    bench.live = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    jingle_limits_init(&limits);
    limits.sessions = 0; /* a million is measured too */
    xmpp_initialize();
    bench.ctx = xmpp_ctx_new(NULL, NULL);
    bench.jingle = jingle_new(bench.ctx, JINGLE_CONFIG(.limits = &limits));
    jingle_register_session_type(bench.jingle, "urn:xmpp:jingle:apps:rtp:1", &everything, &bench);
    conn = xmpp_conn_new(bench.ctx);
    xmpp_conn_set_jid(conn, "bench@jingle.localhost");
    xmpp_conn_set_flags(conn, XMPP_CONN_FLAG_DISABLE_TLS);
    xmpp_conn_set_pass(conn, "secret");
    if (jingle_attach(bench.jingle, conn) == JINGLE_EOK &&
        xmpp_connect_client(conn, "127.0.0.1", (unsigned short)atoi(argv[1]), on_conn, &bench) ==
            XMPP_EOK) {
        xmpp_run(bench.ctx);
        report(&bench);
        err = 0;
    }
    jingle_set_send(bench.jingle, NULL, NULL);
    jingle_free(bench.jingle);
    xmpp_conn_release(conn);
    xmpp_ctx_free(bench.ctx);
    xmpp_shutdown();
    return err;
}
