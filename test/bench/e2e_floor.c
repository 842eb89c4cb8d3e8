/* SPDX-License-Identifier: MIT */
/** @file
 *  What e2e_engine is compared with: a libstrophe connection whose one handler answers every Jingle
 *  request, without looking at it.
 *
 *    e2e_floor reply PORT      xmpp_iq_new() and xmpp_send()
 *    e2e_floor raw PORT        xmpp_send_raw_string(): the least that an answer can cost */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <strophe.h>

typedef struct {
    xmpp_ctx_t *ctx;
    bool raw;
    unsigned long seen;
} bench_t;

static int on_jingle(xmpp_conn_t *conn, xmpp_stanza_t *in, void *userdata)
{
    bench_t *bench = userdata;
    xmpp_stanza_t *out;

    bench->seen++;
    if (bench->raw) {
        xmpp_send_raw_string(conn, "<iq id=\"%s\" to=\"%s\" type=\"result\"/>",
                             xmpp_stanza_get_id(in), xmpp_stanza_get_from(in));
        return 1;
    }
    out = xmpp_iq_new(bench->ctx, "result", xmpp_stanza_get_id(in));
    xmpp_stanza_set_to(out, xmpp_stanza_get_from(in));
    xmpp_send(conn, out);
    xmpp_stanza_release(out);
    return 1;
}

static void on_conn(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                    xmpp_stream_error_t *stream_error, void *userdata)
{
    bench_t *bench = userdata;

    (void)error, (void)stream_error;
    if (event == XMPP_CONN_CONNECT)
        xmpp_handler_add(conn, on_jingle, "urn:xmpp:jingle:1", "iq", "set", bench);
    else
        xmpp_stop(bench->ctx);
}

int main(int argc, char **argv)
{
    bench_t bench = {0};
    xmpp_conn_t *conn;
    int status = 1;

    if (argc != 3 || (strcmp(argv[1], "reply") && strcmp(argv[1], "raw"))) {
        fprintf(stderr, "usage: e2e_floor reply|raw PORT\n");
        return 2;
    }
    bench.raw = strcmp(argv[1], "raw") == 0;
    xmpp_initialize();
    bench.ctx = xmpp_ctx_new(NULL, NULL);
    conn = xmpp_conn_new(bench.ctx);
    xmpp_conn_set_jid(conn, "bench@jingle.localhost");
    xmpp_conn_set_flags(conn, XMPP_CONN_FLAG_DISABLE_TLS);
    xmpp_conn_set_pass(conn, "secret");
    if (xmpp_connect_client(conn, "127.0.0.1", (unsigned short)atoi(argv[2]), on_conn, &bench) ==
        XMPP_EOK) {
        xmpp_run(bench.ctx);
        printf("{\"peer\":\"e2e-floor-%s\",\"stanzas\":%lu}\n", argv[1], bench.seen);
        status = 0;
    }
    xmpp_conn_release(conn);
    xmpp_ctx_free(bench.ctx);
    xmpp_shutdown();
    return status;
}
