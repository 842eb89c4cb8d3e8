/* SPDX-License-Identifier: MIT */
/** @file
 *  Many transfers at once between two managers in one process, over SOCKS5 bytestreams on loopback or
 *  in-band. The data comes from a function and goes to one, so that no disk is measured.
 *
 *    bench_many s5b|ibb [TRANSFERS [KIBIBYTES]]        default: 1000 1024
 *
 *  Prints what the resident memory grew by for a transfer (both ends), once all are under way, and
 *  how fair it was: the rate of the slowest, its octets by its time, divided by the mean of all. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <jingle/jingle.h>

#include "support/xml_reader.h"

typedef struct stanza {
    struct stanza *next;
    unsigned from;
    size_t len;
    char xml[];
} stanza_t;

static const char *const jids[] = {"romeo@montague.example/a", "juliet@capulet.example/b"};
static xmpp_ctx_t *ctx;
static jingle_t *ends[2];
static stanza_t *first, **last = &first;
static size_t n_transfers = 1000, n_started, n_done, n_failed;
static uint64_t size = 1024 * 1024;
static double *rates;
static double rss_before, rss_peak;

static double clock_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double resident(void)
{
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");

    if (statm && fscanf(statm, "%*s %ld", &pages) != 1)
        pages = 0;
    if (statm)
        fclose(statm);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* ---- the wire ------------------------------------------------------------------------------- */

static int on_send(jingle_t *jingle, const char *xml, size_t len, void *userdata)
{
    stanza_t *stanza = malloc(sizeof *stanza + len + 1);

    (void)userdata;
    if (!stanza)
        return JINGLE_EMEM;
    *stanza = (stanza_t){.from = jingle == ends[1], .len = len};
    memcpy(stanza->xml, xml, len);
    *last = stanza;
    last = &stanza->next;
    return JINGLE_EOK;
}

static bool deliver(void)
{
    stanza_t *stanza = first;
    xmpp_stanza_t *element;
    char error[128];

    if (!stanza)
        return false;
    first = stanza->next;
    if (!first)
        last = &first;
    element = xml_read(ctx, stanza->xml, stanza->len, error, sizeof error);
    if (!element)
        abort();
    xmpp_stanza_set_from(element, jids[stanza->from]);
    jingle_receive(ends[!stanza->from], element);
    xmpp_stanza_release(element);
    free(stanza);
    return true;
}

/* ---- the files ------------------------------------------------------------------------------ */

static long give(jingle_file_t *file, uint64_t offset, void *buffer, size_t len, void *userdata)
{
    (void)file, (void)userdata;
    memset(buffer, (int)(offset >> 10), len);
    return (long)len;
}

static int take(jingle_file_t *file, uint64_t offset, const void *data, size_t len, void *userdata)
{
    (void)file, (void)offset, (void)data, (void)len, (void)userdata;
    return JINGLE_EOK;
}

static void on_offer(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle, (void)userdata;
    if (jingle_file_accept(file, JINGLE_ACCEPT_FILE(.write = take)) != JINGLE_EOK)
        abort();
}

/** The receiver holds each until all have begun, so that they compete from the first octet. */
static void on_start(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)userdata;
    if (jingle == ends[1])
        return;
    jingle_file_pause(file, true);
    n_started++;
}

static double began;

static void on_done(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)userdata;
    if (jingle != ends[1])
        return;
    if (jingle_file_get_outcome(file) != JINGLE_FILE_DONE)
        n_failed++;
    else
        rates[n_done - n_failed] = (double)size / (clock_s() - began);
    n_done++;
}

static void on_progress(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    static unsigned calls;

    (void)jingle, (void)file, (void)userdata;
    if (++calls % 4096 == 0 && resident() > rss_peak)
        rss_peak = resident();
}

static void make_end(unsigned i, bool s5b)
{
    jingle_limits_t limits;
    int err;

    jingle_limits_init(&limits);
    limits.sessions = limits.sessions_per_peer = (uint32_t)(2 * n_transfers);
    ends[i] = jingle_new(ctx, JINGLE_CONFIG(.jid = jids[i], .send = on_send, .limits = &limits));
    err = ends[i] && s5b ? jingle_register_s5b(
                               ends[i], JINGLE_S5B(.offer_loopback = true, .find_no_proxies = true))
                         : 0;
    if (!ends[i] || err || jingle_register_ibb(ends[i], JINGLE_IBB(.window = 4)) ||
        jingle_register_file_transfer(ends[i],
                                      JINGLE_FILES(.on_offer = on_offer, .on_start = on_start,
                                                   .on_progress = on_progress, .on_done = on_done)))
        abort();
}

/* ---- the run -------------------------------------------------------------------------------- */

static void turn(void)
{
    uint64_t wait = 1000;

    while (deliver())
        continue;
    for (unsigned i = 0; i < 2; i++) {
        uint64_t next = jingle_tick(ends[i], (uint64_t)(clock_s() * 1000));
        wait = next < wait ? next : wait;
    }
    if (!first && wait)
        poll(NULL, 0, (int)wait);
}

static bool let_go(jingle_session_t *session, void *userdata)
{
    jingle_file_t *file = jingle_session_get_file(session, 0);

    (void)userdata;
    if (file)
        jingle_file_pause(file, false);
    return true;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void report(const char *way)
{
    size_t n = n_done - n_failed;
    double sum = 0;

    qsort(rates, n, sizeof *rates, compare);
    for (size_t i = 0; i < n; i++)
        sum += rates[i];
    printf("%s: %zu transfers of %llu KiB, %zu failed, %.1f s, %.0f MiB/s in all\n", way,
           n_transfers, (unsigned long long)size / 1024, n_failed, clock_s() - began,
           (double)n * (double)size / 1048576 / (clock_s() - began));
    printf("memory: %.1f KiB a transfer, both ends\n",
           (rss_peak - rss_before) / 1024 / (double)n_transfers);
    printf("slowest: %.2f of the mean\n", n ? rates[0] / (sum / (double)n) : 0);
}

int main(int argc, char **argv)
{
    bool s5b = argc > 1 && strcmp(argv[1], "s5b") == 0;
    struct rlimit files;

    if (argc < 2 || (!s5b && strcmp(argv[1], "ibb") != 0)) {
        fputs("usage: bench_many s5b|ibb [TRANSFERS [KIBIBYTES]]\n", stderr);
        return 2;
    }
    n_transfers = argc > 2 ? (size_t)atol(argv[2]) : n_transfers;
    size = argc > 3 ? (uint64_t)atol(argv[3]) * 1024 : size;
    rates = calloc(n_transfers, sizeof *rates);
    getrlimit(RLIMIT_NOFILE, &files); /* a transfer has a socket at each end */
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    ctx = xmpp_ctx_new(NULL, NULL);
    for (unsigned i = 0; i < 2; i++)
        make_end(i, s5b);
    turn();
    rss_before = resident();
    for (size_t i = 0; i < n_transfers; i++)
        if (jingle_send_file(ends[0], jids[1], NULL,
                             JINGLE_SEND_FILE(.name = "x", .read = give, .file_size = size),
                             NULL) != JINGLE_EOK)
            abort();
    while (n_started < n_transfers && n_failed == 0)
        turn();
    began = clock_s();
    rss_peak = resident();
    jingle_each_session(ends[0], let_go, NULL);
    while (n_done < n_transfers)
        turn();
    report(argv[1]);
    for (unsigned i = 0; i < 2; i++)
        jingle_free(ends[i]);
    xmpp_ctx_free(ctx);
    free(rates);
    return n_failed != 0;
}
